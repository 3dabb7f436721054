import { Resvg } from "@resvg/resvg-js";

/** What "sans-serif" means: the renderer's own default, Arial, is on few Linux machines. */
const sansSerifFamily = { darwin: "Helvetica", win32: "Arial" }[process.platform as string] ?? "DejaVu Sans";

const render = (svg: string, scale: number) =>
  new Resvg(svg.replace("<svg", `<svg color="#1b1f24"`), {
    background: "white",
    fitTo: { mode: "zoom", value: scale },
    font: { loadSystemFonts: true, sansSerifFamily, defaultFontFamily: sansSerifFamily },
  }).render();

/** Renders an SVG of this package on white, `scale` pixels for each unit. Text needs fonts on the machine. */
export const toPng = (svg: string, scale = 2): Uint8Array => render(svg, scale).asPng();

/** The same as pixels: red, green, blue and alpha, a byte each, row by row. */
export function toPixels(svg: string, scale = 1): { pixels: Uint8Array; width: number; height: number } {
  const { pixels, width, height } = render(svg, scale);
  return { pixels, width, height };
}
