import type { Texts } from "../i18n/en.ts";
import { download } from "../ui/download.ts";
import { saveButtons } from "../ui/save-buttons.ts";
import { themeOf } from "../ui/theme.ts";
import { codeFor } from "./code.ts";
import { toCsv, toJson, toPng, toSvg } from "./save.ts";
import type { Stage } from "./stage.ts";
import type { Store } from "./store.ts";
import type { TrajectoryTexts } from "./texts/index.ts";

/** Saving the picture and its data, and the code for it. */
export function saveMenu(store: Store, stage: Stage, texts: Texts, text: TrajectoryTexts): HTMLElement {
  const state = () => ({ ...store.state.peek(), time: store.time.peek() });
  const theme = () => themeOf(document.documentElement);
  const formats = {
    SVG: () => download("trajectories.svg", toSvg(stage, state(), theme()), "image/svg+xml"),
    PNG: async () => download("trajectories.png", await toPng(stage, state(), theme())),
    CSV: () => download("trajectories.csv", toCsv(store.runs.peek(), state()), "text/csv"),
    JSON: () =>
      download("trajectories.json", toJson(store.runs.peek(), state(), location.href), "application/json"),
  };
  return saveButtons({ formats, code: () => codeFor(state()), codeLead: text.codeLead }, texts);
}
