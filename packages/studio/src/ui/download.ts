import { canvasPen, type Pen } from "@steepest/lab/drawing";
import { h } from "./dom.ts";

/** Offers a file for saving. */
export function download(name: string, content: Blob | string, type = "text/plain"): void {
  const blob = typeof content === "string" ? new Blob([content], { type: `${type};charset=utf-8` }) : content;
  const url = URL.createObjectURL(blob);
  h("a", { href: url, download: name }).click();
  // The browser reads the blob after the click.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** A row of comma-separated values. */
export const csvRow = (values: readonly (string | number)[]): string =>
  values
    .map((v) => (typeof v === "string" && /[",\n]/.test(v) ? `"${v.replaceAll('"', '""')}"` : String(v)))
    .join(",");

/** A drawing as a PNG at twice the size of the screen's pixels. */
export function pngOf(
  width: number,
  height: number,
  background: string,
  draw: (pen: Pen) => void,
): Promise<Blob> {
  const canvas = document.createElement("canvas");
  canvas.width = 2 * width;
  canvas.height = 2 * height;
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  context.scale(2, 2);
  context.fillStyle = background;
  context.fillRect(0, 0, width, height);
  draw(canvasPen(context));
  return new Promise((resolve, reject) =>
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error("the browser made no PNG"))),
      "image/png",
    ),
  );
}
