import { csvFormatRows } from "d3-dsv";

/** Saving figures and tables as files. */

function save(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The browser reads the blob after the click.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** A drawing that stands alone: dark on white, whatever the page's theme is. */
function standalone(svg: SVGSVGElement, caption: string): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  for (const overlay of copy.querySelectorAll(".axis, [aria-label='tip']")) overlay.remove();
  const margin = 30;
  const [width, height] = [svg.width.baseVal.value, svg.height.baseVal.value];
  copy.setAttribute("viewBox", `0 ${-margin} ${width} ${height + margin}`);
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height + margin));
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("style", "color: #1b1f24; background: white; --paper: white; overflow: hidden");
  const title = document.createElementNS("http://www.w3.org/2000/svg", "text");
  title.textContent = caption;
  for (const [name, value] of Object.entries({
    x: 8,
    y: -11,
    fill: "currentColor",
    "font-weight": 600,
    "font-size": 13,
  })) {
    title.setAttribute(name, String(value));
  }
  copy.append(title);
  return new XMLSerializer().serializeToString(copy);
}

export function saveSvg(svg: SVGSVGElement, caption: string, file: string): void {
  save(`${file}.svg`, new Blob([standalone(svg, caption)], { type: "image/svg+xml" }));
}

/** As PNG at three pixels a unit. */
export async function savePng(svg: SVGSVGElement, caption: string, file: string): Promise<void> {
  const text = standalone(svg, caption);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [3 * image.width, 3 * image.height];
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  canvas.toBlob((blob) => blob && save(`${file}.png`, blob), "image/png");
}

/** A table as CSV, with the numbers behind its cells. A head of two rows is joined. */
export function saveCsv(table: HTMLTableElement, file: string): void {
  const text = (cell: HTMLTableCellElement) =>
    (cell.dataset.value ?? cell.textContent ?? "").replace(/\s+/g, " ").trim();
  const head = [...(table.tHead?.rows ?? [])];
  const spans = head.map((row) =>
    [...row.cells].flatMap((cell) => Array.from({ length: cell.colSpan }, () => cell)),
  );
  const [first = [], second] = spans;
  const names = first.map((cell, i) => {
    if (second === undefined || cell.rowSpan > 1) return text(cell);
    const tall = first.filter(({ rowSpan }) => rowSpan > 1).length;
    return `${text(second[i - tall] as HTMLTableCellElement)} ${text(cell)}`;
  });
  const rows = [...table.tBodies].flatMap((body) => [...body.rows]).filter((row) => !row.hidden);
  const csv = csvFormatRows([names, ...rows.map((row) => [...row.cells].map(text))]);
  save(`${file}.csv`, new Blob([`${csv}\n`], { type: "text/csv;charset=utf-8" }));
}
