import type { Clock } from "../data.ts";
import { taskOf } from "../results.ts";
import { taskCurves } from "./curves.ts";
import { profileFigure, sensitivityFigure } from "./others.ts";
import { parallelFigure } from "./parallel.ts";
import { saveCsv } from "./save.ts";
import { data } from "./state.ts";
import { showTrial } from "./trial.ts";
import { trialList } from "./trials.ts";

/** The report page's program: it fills the parts that the page leaves open and shows one trial at #trial/ID. */

const parts: Record<string, (host: HTMLElement) => void> = {
  profile: (host) => profileFigure(host, host.dataset.clock as Clock),
  curves: (host) => taskCurves(host, taskOf(data, host.dataset.task as string)),
  sensitivity: (host) => sensitivityFigure(host, taskOf(data, host.dataset.task as string)),
  parallel: (host) => parallelFigure(host, taskOf(data, host.dataset.task as string)),
  trials: trialList,
};
for (const host of document.querySelectorAll<HTMLElement>("#report [data-part]")) {
  parts[host.dataset.part as string]?.(host);
}

for (const holder of document.querySelectorAll<HTMLElement>("[data-table]")) {
  const tools = document.createElement("div");
  tools.className = "tools";
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "CSV";
  button.setAttribute("aria-label", `Save as CSV: ${holder.dataset.table}`);
  button.addEventListener("click", () =>
    saveCsv(holder.querySelector("table") as HTMLTableElement, holder.dataset.table as string),
  );
  const end = document.createElement("span");
  end.className = "end";
  end.append(button);
  tools.append(end);
  holder.prepend(tools);
}

const [report, trial] = ["report", "trial"].map((id) => document.getElementById(id)) as [
  HTMLElement,
  HTMLElement,
];
function route(): void {
  const id = /^#trial\/(\w+)$/.exec(location.hash)?.[1];
  report.hidden = id !== undefined;
  trial.hidden = id === undefined;
  if (id !== undefined) {
    showTrial(trial, id);
    scrollTo(0, 0);
  } else document.getElementById(location.hash.slice(1))?.scrollIntoView();
}
addEventListener("hashchange", route);
route();

const themes = ["system", "light", "dark"] as const;
const button = document.getElementById("theme") as HTMLButtonElement;
let theme = 0;
function applyTheme(): void {
  const name = themes[theme] as (typeof themes)[number];
  if (name === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  button.textContent = `Theme: ${name}`;
}
button.hidden = false;
button.addEventListener("click", () => {
  theme = (theme + 1) % themes.length;
  applyTheme();
});
applyTheme();
