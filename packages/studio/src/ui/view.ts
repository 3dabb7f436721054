/** The part of the plane that a picture shows. Both axes have the same scale in two dimensions. */
export interface View {
  readonly center: readonly [number, number];
  /** Half the height, in units of the plane. */
  readonly half: number;
}

/** Maps points of the plane to pixels, y down, and back. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  /** [left, right, bottom, top] */
  readonly bounds: readonly [number, number, number, number];
  toX(x: number): number;
  toY(y: number): number;
  fromPixels(px: number, py: number): [number, number];
}

/** A frame that shows exactly these bounds. */
export function frameOf(
  bounds: readonly [number, number, number, number],
  width: number,
  height: number,
): Frame {
  const [left, right, bottom, top] = bounds;
  return {
    width,
    height,
    bounds,
    toX: (x) => ((x - left) / (right - left)) * width,
    toY: (y) => ((top - y) / (top - bottom)) * height,
    fromPixels: (px, py) => [left + (px / width) * (right - left), top - (py / height) * (top - bottom)],
  };
}

/** A frame with equal scales: the view's height fits, and as much is seen on the sides as there is room. */
export function squareFrame({ center: [x, y], half }: View, width: number, height: number): Frame {
  const side = (half * width) / height;
  return frameOf([x - side, x + side, y - half, y + half], width, height);
}
