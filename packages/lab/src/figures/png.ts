import { Resvg } from "@resvg/resvg-js";

/** Renders an SVG of this package on white, `scale` pixels for each unit. Text needs fonts on the machine. */
export function toPng(svg: string, scale = 2): Uint8Array {
  const image = new Resvg(svg.replace("<svg", `<svg color="#1b1f24"`), {
    background: "white",
    fitTo: { mode: "zoom", value: scale },
    font: { loadSystemFonts: true },
  });
  return image.render().asPng();
}
