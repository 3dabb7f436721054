import type { Landscape } from "@steepest/lab/format";
import { csvRow } from "../ui/download.ts";

/** A row per point of the grid, then the path and the networks. */
export function toCsv({ axes, loss, path, points }: Landscape): string {
  const [across, down] = axes as [Landscape["axes"][0], Landscape["axes"][0]?];
  const rows: (string | number)[][] = [["kind", "label", "a", "b", "loss", "residual"]];
  loss.forEach((row, j) => {
    row.forEach((value, i) => {
      rows.push(["grid", "", across.coordinates[i] as number, down?.coordinates[j] ?? 0, value ?? "", 0]);
    });
  });
  path?.at.forEach(([a, b = 0], i) => {
    rows.push([
      "path",
      `step ${path.steps[i]}`,
      a as number,
      b,
      path.loss[i] ?? "",
      path.residual[i] as number,
    ]);
  });
  for (const { label, at, loss: own, residual } of points) {
    rows.push(["network", label, at[0] as number, at[1] ?? 0, own ?? "", residual]);
  }
  return `${rows.map(csvRow).join("\n")}\n`;
}
