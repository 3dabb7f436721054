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
