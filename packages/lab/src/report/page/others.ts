import { profilePlot } from "../../figures/profile.ts";
import { sensitivityPlot } from "../../figures/sensitivity.ts";
import type { Clock, ReportTask } from "../data.ts";
import { formatNumber } from "../numbers.ts";
import { profilesOf, rateCurves } from "../series.ts";
import { box, fillFigure, select } from "./figure.ts";
import { data, hidden } from "./state.ts";

/** The performance profile by one clock. */
export function profileFigure(host: HTMLElement, clock: Clock): void {
  const tauMax = data.scores.find((score) => score.clock === clock)?.tau.at(-1) ?? 4;
  fillFigure(host, {
    caption: `Performance profile by ${clock === "step" ? "training steps" : "wall-clock time"}`,
    file: `profile-by-${clock}`,
    legend: profilesOf(data, clock).map(({ name }) => name),
    note: "Higher and further left is better: at τ = 1 the share of tasks on which an optimizer is the fastest.",
    draw: (width) =>
      profilePlot({
        profiles: profilesOf(data, clock).filter(({ name }) => !hidden.has(name)),
        tauMax,
        width,
        height: Math.round(Math.min(320, Math.max(230, 0.58 * width))),
      }),
  });
}

/** How the result depends on the learning rate. */
export function sensitivityFigure(host: HTMLElement, task: ReportTask): void {
  const own = data.sensitivities.filter((s) => s.task === task.name);
  const final = `final ${task.target?.metric ?? "value"}`;
  fillFigure(host, {
    caption: "Learning-rate sensitivity",
    file: `${task.name}-learning-rates`,
    legend: own.map(({ optimizer }) => optimizer),
    note:
      "Filled: the rate that stands for the optimizer. Crosses: every run diverged, or missed the target. Bars span all " +
      "runs at a rate. Points are joined where nothing but the rate differs.",
    controls: [
      select("what", "", [
        ["final", final],
        ["steps", "steps to target"],
      ]),
      box("logY", "log y"),
    ] as never,
    draw(width, read) {
      const what = read("what") as "final" | "steps";
      const y = what === "final" ? final : "steps to target";
      return sensitivityPlot({
        curves: rateCurves(data, task.name, what).filter(({ name }) => !hidden.has(name)),
        y,
        logY: read("logY") === "true",
        width,
        height: Math.round(Math.min(340, Math.max(240, 0.6 * width))),
        tip: (name, { rate, low, value, high }) =>
          `${name}\nlearning rate ${formatNumber(rate)}\n${y} ${formatNumber(value ?? Number.NaN)}${
            low === high || typeof low !== "number"
              ? ""
              : ` (${formatNumber(low)} to ${formatNumber(high as number)})`
          }`,
      });
    },
  });
}
