/** Symbols as outlines on a square of 16 x 16; fonts differ too much in what they have. */
const shapes = {
  rewind: "M3 3v10 M13 3 L6 8 L13 13 Z",
  back: "M12 3 L5 8 L12 13 Z",
  play: "M4 2.5 L13.5 8 L4 13.5 Z",
  pause: "M5 3v10 M11 3v10",
  forward: "M4 3 L11 8 L4 13 Z",
  plus: "M8 3v10 M3 8h10",
  minus: "M3 8h10",
  close: "M4 4l8 8 M12 4l-8 8",
  theme: "M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12Z M8 4a4 4 0 0 1 0 8Z",
  hand: "M8 1.5v13 M1.5 8h13 M6 3.5l2-2 2 2 M6 12.5l2 2 2-2 M3.5 6l-2 2 2 2 M12.5 6l2 2-2 2",
  reset: "M3.2 9a5 5 0 1 0 1.2-4.4L3 6 M3 2.6V6h3.4",
  mark: "M1.5 2.5C3.2 14.8 12.8 14.8 14.5 2.5 M2.6 6.2L12.6 8.6L5.2 10.6L9.4 11.7",
} as const;

/** Shapes that are lines alone. */
const lines: ReadonlySet<string> = new Set(["hand", "reset", "mark"]);

export type IconName = keyof typeof shapes;

const svg = "http://www.w3.org/2000/svg";

/** A symbol in the colour of the text around it. */
export function icon(name: IconName): SVGSVGElement {
  const element = document.createElementNS(svg, "svg");
  element.setAttribute("viewBox", "0 0 16 16");
  element.setAttribute("aria-hidden", "true");
  element.setAttribute("class", "icon-shape");
  const path = document.createElementNS(svg, "path");
  path.setAttribute("d", shapes[name]);
  if (lines.has(name)) path.style.fill = "none";
  element.append(path);
  return element;
}
