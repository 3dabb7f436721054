import { createRequire } from "node:module";
import type { Ink } from "../../drawing/ink.ts";
import { svgPen } from "../../drawing/pen.ts";
import { colorOf } from "../../figures/colors.ts";
import { toPixels } from "../../figures/png.ts";
import { animationHeight, drawAnimation } from "./draw.ts";
import type { Animation } from "./format.ts";

/** The parts of gifenc in use; it ships no types. */
interface Gifenc {
  quantize(rgba: Uint8Array, maxColors: number): number[][];
  applyPalette(rgba: Uint8Array, palette: number[][]): Uint8Array;
  GIFEncoder(): {
    writeFrame(
      indices: Uint8Array,
      width: number,
      height: number,
      options: { palette?: number[][]; delay?: number },
    ): void;
    finish(): void;
    bytes(): Uint8Array;
  };
}

// A CommonJS module whose names and default `import` finds in some loaders and not in others.
const { applyPalette, GIFEncoder, quantize } = createRequire(import.meta.url)("gifenc") as Gifenc;

const width = 560;
const ink: Ink = { background: "#ffffff", text: "#1b1f24", muted: "#59636e", line: "#e3e7eb" };

/** How long the last frame stays, in milliseconds, before the film starts again. */
const rest = 1500;

/** An animation as a GIF that repeats. */
export function toGif(animation: Animation, progress?: (frame: number) => void): Uint8Array {
  const height = animationHeight(animation, width);
  const heading = (step: number) => `${animation.title}; step ${step}`;
  const draw = (frame: number) => {
    const pen = svgPen(width, height, ink.background);
    drawAnimation(pen, { width, height }, animation, frame, { ink, color: colorOf, heading });
    return toPixels(pen.finish());
  };
  const encoder = GIFEncoder();
  const delay = 1000 / animation.framesPerSecond;
  const last = animation.frames.length - 1;
  // The last frame shows every colour there is: paths and clouds at their fullest.
  const palette = quantize(draw(last).pixels, 64);
  for (let i = 0; i <= last; i++) {
    progress?.(i);
    const { pixels } = draw(i);
    const options = i === 0 ? { palette, delay } : { delay: i === last ? rest : delay };
    encoder.writeFrame(applyPalette(pixels, palette), width, height, options);
  }
  encoder.finish();
  return encoder.bytes();
}
