/** Drawing operations in pixels, y down: one picture's code draws it on the screen and into an SVG file. */
export interface Pen {
  /** An open line through points [x0, y0, x1, y1, ...]; NaN lifts the pen. */
  line(points: ArrayLike<number>, style: LineStyle): void;
  /** Equal squares or circles at points [x0, y0, ...]; NaN skips one. */
  dots(points: ArrayLike<number>, style: DotStyle): void;
  /** A closed filled shape. */
  area(points: ArrayLike<number>, color: string, opacity: number): void;
  text(text: string, x: number, y: number, style: TextStyle): void;
  /** What `draw` draws, as far as it lies inside of a box. */
  within(box: Box, draw: () => void): void;
  /** A picture stretched over a rectangle. */
  image(picture: HTMLCanvasElement, x: number, y: number, width: number, height: number): void;
}

/** A rectangle, in pixels. */
export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface LineStyle {
  readonly color: string;
  readonly width?: number;
  readonly opacity?: number;
  readonly dash?: readonly number[];
}
export interface DotStyle {
  readonly color: string;
  /** Half the width. */
  readonly radius: number;
  readonly opacity?: number;
  /** Colour of the rim. Dots without rim are squares, which are faster. */
  readonly rim?: string;
}
export interface TextStyle {
  readonly color: string;
  readonly size?: number;
  readonly anchor?: "start" | "middle" | "end";
}

export const font = "system-ui, sans-serif";

/** Draws on a canvas. */
export function canvasPen(context: CanvasRenderingContext2D): Pen {
  const trace = (points: ArrayLike<number>): void => {
    context.beginPath();
    let down = false;
    for (let i = 0; i + 1 < points.length; i += 2) {
      const x = points[i] as number;
      const y = points[i + 1] as number;
      if (!Number.isFinite(x + y)) down = false;
      else if (down) context.lineTo(x, y);
      else {
        context.moveTo(x, y);
        down = true;
      }
    }
  };
  return {
    line(points, { color, width = 1, opacity = 1, dash = [] }) {
      context.globalAlpha = opacity;
      context.strokeStyle = color;
      context.lineWidth = width;
      context.lineJoin = "round";
      context.setLineDash(dash as number[]);
      trace(points);
      context.stroke();
      context.globalAlpha = 1;
    },
    dots(points, { color, radius, opacity = 1, rim }) {
      context.globalAlpha = opacity;
      context.fillStyle = color;
      context.setLineDash([]);
      for (let i = 0; i + 1 < points.length; i += 2) {
        const x = points[i] as number;
        const y = points[i + 1] as number;
        if (!Number.isFinite(x + y)) continue;
        if (rim === undefined) {
          context.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
          continue;
        }
        context.beginPath();
        context.arc(x, y, radius, 0, 2 * Math.PI);
        context.fill();
        context.strokeStyle = rim;
        context.lineWidth = 1.5;
        context.stroke();
      }
      context.globalAlpha = 1;
    },
    area(points, color, opacity) {
      context.globalAlpha = opacity;
      context.fillStyle = color;
      trace(points);
      context.fill();
      context.globalAlpha = 1;
    },
    text(text, x, y, { color, size = 12, anchor = "start" }) {
      context.fillStyle = color;
      context.font = `${size}px ${font}`;
      context.textAlign = anchor === "middle" ? "center" : anchor;
      context.fillText(text, x, y);
    },
    within({ left, right, top, bottom }, draw) {
      context.save();
      context.beginPath();
      context.rect(left, top, right - left, bottom - top);
      context.clip();
      draw();
      context.restore();
    },
    image(picture, x, y, width, height) {
      context.imageSmoothingEnabled = true;
      context.drawImage(picture, x, y, width, height);
    },
  };
}

const escapeXml = (text: string): string =>
  text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c] as string);

const round = (x: number): string => String(Math.round(x * 100) / 100);

/** Collects a picture of the given size as the text of an SVG file. */
export function svgPen(width: number, height: number, background: string): Pen & { finish(): string } {
  const parts: string[] = [];
  const path = (points: ArrayLike<number>): string => {
    let d = "";
    let down = false;
    for (let i = 0; i + 1 < points.length; i += 2) {
      const x = points[i] as number;
      const y = points[i + 1] as number;
      const fits = Number.isFinite(x + y);
      if (fits) d += `${down ? "L" : "M"}${round(x)} ${round(y)}`;
      down = fits;
    }
    return d;
  };
  return {
    line(points, { color, width: stroke = 1, opacity = 1, dash = [] }) {
      const dashes = dash.length > 0 ? ` stroke-dasharray="${dash.join(" ")}"` : "";
      parts.push(
        `<path d="${path(points)}" fill="none" stroke="${color}" stroke-width="${stroke}" stroke-opacity="${opacity}" stroke-linejoin="round"${dashes}/>`,
      );
    },
    dots(points, { color, radius, opacity = 1, rim }) {
      const stroke = rim === undefined ? "" : ` stroke="${rim}" stroke-width="1.5"`;
      let circles = "";
      for (let i = 0; i + 1 < points.length; i += 2) {
        const x = points[i] as number;
        const y = points[i + 1] as number;
        if (Number.isFinite(x + y)) circles += `<circle cx="${round(x)}" cy="${round(y)}" r="${radius}"/>`;
      }
      parts.push(`<g fill="${color}" fill-opacity="${opacity}"${stroke}>${circles}</g>`);
    },
    area(points, color, opacity) {
      parts.push(`<path d="${path(points)}Z" fill="${color}" fill-opacity="${opacity}"/>`);
    },
    text(text, x, y, { color, size = 12, anchor = "start" }) {
      parts.push(
        `<text x="${round(x)}" y="${round(y)}" fill="${color}" font-family="${font}" font-size="${size}" text-anchor="${anchor}">${escapeXml(text)}</text>`,
      );
    },
    within({ left, right, top, bottom }, draw) {
      const id = `inside-${parts.length}`;
      const shape = `x="${round(left)}" y="${round(top)}" width="${round(right - left)}" height="${round(bottom - top)}"`;
      parts.push(`<clipPath id="${id}"><rect ${shape}/></clipPath><g clip-path="url(#${id})">`);
      draw();
      parts.push("</g>");
    },
    image(picture, x, y, w, h) {
      parts.push(
        `<image href="${picture.toDataURL("image/png")}" x="${round(x)}" y="${round(y)}" width="${round(w)}" height="${round(h)}" preserveAspectRatio="none"/>`,
      );
    },
    finish: () =>
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">` +
      `<rect width="100%" height="100%" fill="${background}"/>${parts.join("")}</svg>\n`,
  };
}
