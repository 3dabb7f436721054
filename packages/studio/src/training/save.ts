import { csvRow } from "../ui/download.ts";
import { experimentOf, type TrainingState } from "./state.ts";
import type { Curve } from "./store.ts";

/** A row per measurement, then the loss of every minibatch. */
export function toCsv({ entrants }: TrainingState, curves: readonly Curve[]): string {
  const rows: (string | number)[][] = [["optimizer", "step", "seconds", "series", "value"]];
  curves.forEach(({ measurements, losses }, i) => {
    const name = entrants[i]?.name ?? "";
    for (const { step, seconds, validation } of measurements) {
      for (const [metric, value] of Object.entries(validation)) {
        rows.push([name, step, seconds, `validation ${metric}`, value]);
      }
    }
    losses.forEach((loss, step) => {
      rows.push([name, step, "", "batch loss", loss]);
    });
  });
  return `${rows.map(csvRow).join("\n")}\n`;
}

/** Everything that the panel has: the experiment, curves, spectra and outcomes. */
export const toJson = (state: TrainingState, curves: readonly Curve[], address: string): string =>
  JSON.stringify({ format: "steepest-training/1", address, experiment: experimentOf(state), curves });
