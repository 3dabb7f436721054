import { type Command, main } from "./command.ts";
import { type Phases, phases, prepareCompile, type Size, type Subject } from "./compilePhases.ts";
import { summarize, type Timing } from "./statistics.ts";
import { formatTiming } from "./turns.ts";

/** bench:compile: how long the native executor takes to compile a GPT's training step, and how that grows with depth. */

/** The exponent b of y = a x^b, by least squares on logarithms; NaN for fewer than two different x. */
export function exponent(xs: readonly number[], ys: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const [u, v] = [xs.map(Math.log), ys.map(Math.log)];
  const [mu, mv] = [mean(u), mean(v)];
  const covariance = mean(u.map((ui, i) => (ui - mu) * ((v[i] as number) - mv)));
  return covariance / mean(u.map((ui) => (ui - mu) ** 2));
}

interface Figures {
  readonly layers: number;
  readonly nodes: number;
  readonly times: Record<keyof Phases, Timing>;
}

export const compileCommand: Command = {
  name: "compile",
  quick: "fewer rounds: ends within a minute",
  rounds: { full: 7, quick: 2 },
  options: {
    layers: "depths of the GPT (default 2,4,8,12)",
    size: "WIDTHxCONTEXT, batch 4 (default 128x128)",
  },
  async measure({ rounds, numbers, pairs }) {
    const [[width, context] = [128, 128]] = pairs("size", [[128, 128]]);
    const size: Size = { width, context, batch: 4 };
    const subjects: (Subject & { layers: number; records: Phases[] })[] = [];
    for (const layers of numbers("layers", [2, 4, 8, 12]))
      subjects.push({ layers, records: [], ...(await prepareCompile(layers, size)) });
    // The first compilation of all pays for V8's own.
    await subjects[0]?.time();
    for (let round = 0; round < rounds; round++)
      for (const { records, time } of subjects) records.push(await time());
    const results = subjects.map(({ layers, nodes, records }): Figures => {
      const times = phases.map((phase) => [phase, summarize(records.map((r) => r[phase]))] as const);
      return { layers, nodes, times: Object.fromEntries(times) as Figures["times"] };
    });
    const depths = results.map(({ layers }) => layers);
    const exponents = phases.map(
      (phase) =>
        [
          phase,
          exponent(
            depths,
            results.map(({ times }) => times[phase].median),
          ),
        ] as const,
    );
    const fits = new Set(depths).size > 1;
    return {
      title: `Compiling a training step of GPT d${width} T${context} B${size.batch} with AdamW, native executor: ms, median (quartiles)`,
      header: ["layers", "primitives", ...phases],
      rows: [
        ...results.map(({ layers, nodes, times }) => [
          String(layers),
          String(nodes),
          ...phases.map((phase) => formatTiming(times[phase], 0)),
        ]),
        ...(fits ? [["exponent", "", ...exponents.map(([, b]) => b.toFixed(2))]] : []),
      ],
      notes: [
        "whole: compileStep. exponent: of the number of layers, fitted by least squares on logarithms; 1 is linear.",
      ],
      figures: { rounds, size, results, exponents: fits ? Object.fromEntries(exponents) : undefined },
    };
  },
};

await main(compileCommand, import.meta.url);
