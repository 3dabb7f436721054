import { type ReportData, reportElement } from "../data.ts";

/** What all parts of the page share. */

export const data = JSON.parse(document.getElementById(reportElement)?.textContent ?? "") as ReportData;

/** Optimizers that the reader has switched off. */
export const hidden = new Set<string>();

/** Trials that a brush holds, by id; undefined when nothing is brushed. */
let chosen: ReadonlySet<string> | undefined;
export const brushed = (): ReadonlySet<string> | undefined => chosen;

export function brush(ids: ReadonlySet<string> | undefined): void {
  chosen = ids;
  changed();
}

const listeners = new Set<() => void>();

/** Calls `listener` whenever what is hidden or brushed has changed. */
export const onChange = (listener: () => void): void => void listeners.add(listener);
export function changed(): void {
  for (const listener of listeners) listener();
}
