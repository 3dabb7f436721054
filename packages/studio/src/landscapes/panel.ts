import { shortNumber } from "@steepest/lab/drawing";
import type { Landscape } from "@steepest/lab/format";
import type { PanelContext } from "../page.ts";
import { drawChart } from "../ui/chart.ts";
import { choice } from "../ui/controls.ts";
import { h } from "../ui/dom.ts";
import { download } from "../ui/download.ts";
import { acceptDrops, fileButton } from "../ui/file.ts";
import { picture } from "../ui/picture.ts";
import { saveButtons } from "../ui/save-buttons.ts";
import { computed, effect, signal, untracked } from "../ui/signal.ts";
import { colorOf } from "../ui/theme.ts";
import { codeFor } from "./code.ts";
import { compute } from "./compute.ts";
import { sidebar } from "./controls.ts";
import { type DrawOptions, drawContour, drawLine } from "./draw.ts";
import { toCsv } from "./save.ts";
import { examples, ranges, readLandscapes, writeLandscapes } from "./state.ts";
import type { LandscapesStore } from "./store.ts";
import { drawSurface } from "./surface.ts";
import { type LandscapesTexts, texts as ownTexts } from "./texts/index.ts";

/** The panel of landscapes. Call it inside an effect, whose end stops it. */
export function landscapesPanel(context: PanelContext): HTMLElement {
  const { language, texts, address, saveAddress } = context;
  const text = ownTexts[language];
  const state = signal(readLandscapes(address));
  const store: LandscapesStore = {
    state,
    landscape: signal<Landscape | undefined>(undefined),
    progress: signal(""),
    message: signal(""),
    busy: signal(true),
    served: signal<readonly string[]>([]),
    patch: (change) => {
      state.value = { ...state.peek(), ...change };
    },
  };
  const { open } = compute(store, text);
  const progress = h("p", { class: "help", role: "status" });
  const message = h("p", { class: "message", role: "alert" });
  const facts = h("section");
  effect(() => {
    const { value } = store.landscape;
    untracked(() => facts.replaceChildren(...(value ? factsOf(value, text) : [])));
  });
  effect(() => {
    progress.textContent = store.progress.value;
    message.textContent = store.message.value;
  });
  const save = (name: string, make: (landscape: Landscape) => string, type: string) => () => {
    const landscape = store.landscape.peek();
    if (landscape) download(name, make(landscape), type);
  };
  const element = h(
    "div",
    { class: "panel landscapes", "aria-busy": "true" },
    h(
      "div",
      { class: "main" },
      h("p", { class: "lead" }, text.lead),
      sourceBar(store, text, open),
      message,
      h("section", { class: "plot tall" }, stage(store, context, text), progress),
      facts,
      saveButtons(
        {
          formats: {
            CSV: save("landscape.csv", toCsv, "text/csv"),
            JSON: save("landscape.json", (landscape) => `${JSON.stringify(landscape)}\n`, "application/json"),
          },
          code: () => codeFor(state.peek(), store.landscape.peek()),
          codeLead: state.peek().source === "live" ? text.codeLead : text.codeFileLead,
        },
        texts,
      ),
    ),
    sidebar(store, text),
    h("div", { class: "charts" }, ...pathCharts(store, context, text)),
  );
  acceptDrops(element, text.dropHint, open);
  effect(() => {
    element.ariaBusy = String(store.busy.value);
  });
  effect(() => saveAddress(writeLandscapes(state.value)));
  return element;
}

function sourceBar(store: LandscapesStore, text: LandscapesTexts, open: (file: File) => void): HTMLElement {
  const box = h("div", { class: "source" });
  const own = computed(() => store.state.value.source === "file");
  effect(() => {
    const served = store.served.value.map((name) => [`server:${name}`, name] as const);
    const file = own.value ? ([["file", text.ownFile]] as const) : [];
    untracked(() =>
      box.replaceChildren(
        choice<string>(
          text.source,
          [
            ["live", text.live],
            ...served,
            ...file,
            ...examples.map((name) => [name, text.examples[name]] as const),
          ],
          () => store.state.value.source,
          (source) => store.patch({ source }),
        ),
        ...fileButton(text.openFile, ".json", open),
        h("span", { class: "help" }, text.dropHint),
      ),
    );
  });
  return box;
}

/** The picture: from above, as a surface, or a line. */
function stage(store: LandscapesStore, context: PanelContext, text: LandscapesTexts): HTMLElement {
  const { state, landscape, patch } = store;
  const kind = computed(() => {
    const axes = landscape.value?.axes.length ?? (state.value.line ? 1 : 2);
    return axes === 1 ? "line" : state.value.view;
  });
  const options = (): DrawOptions => ({
    log: state.value.log,
    levels: state.value.levels,
    lossName: text.lossName,
  });
  const box = h("div");
  effect(() => {
    const now = kind.value;
    const turns = now === "surface";
    const element = picture(
      {
        label: turns ? text.turn : text.picture,
        file: "landscape",
        half: 1,
        draw: (pen, size, theme) => {
          const { value } = landscape;
          if (value === undefined || (value.axes.length === 1) !== (now === "line")) return;
          if (now === "line") drawLine(pen, size, theme, value, options());
          else if (now === "contour") drawContour(pen, size, theme, value, options());
          else drawSurface(pen, size, theme, value, options(), state.value);
        },
        ...(turns && {
          turn: (dx: number, dy: number) => {
            const { azimuth, elevation } = state.peek();
            const { min, max } = ranges.elevation;
            patch({
              azimuth: ((((azimuth - dx / 2 + 180) % 360) + 360) % 360) - 180,
              elevation: Math.min(Math.max(elevation + dy / 2, min), max),
            });
          },
        }),
      },
      context.themeVersion,
    );
    box.replaceChildren(element);
  });
  return box;
}

function factsOf(landscape: Landscape, text: LandscapesTexts): HTMLElement[] {
  const {
    title,
    parameters,
    examples: count,
    dropout,
    path,
    points,
    sharpness,
    source,
    axes,
    loss,
  } = landscape;
  const percent = (share: number) => `${shortNumber(100 * share)} %`;
  const rows = axes[1]?.coordinates.length ?? 1;
  const spanning = Math.max(...points.map((p) => p.residual));
  const name = (text.networks as Record<string, string>)[title] ?? title;
  const length =
    path &&
    Math.hypot(...(path.at[0] ?? []).map((v, k) => (v - (points[0]?.at[k] ?? 0)) * (axes[k]?.unit ?? 1)));
  const sentences = [
    text.about(parameters, count, dropout),
    path
      ? text.explained(
          path.explained.map(percent).join(" → "),
          shortNumber(Math.max(...path.residual)),
          shortNumber(Math.hypot(length as number, path.residual[0] as number)),
        )
      : text.noPath,
    ...(spanning > 1e-4 ? [text.planar(shortNumber(spanning))] : []),
    ...sharpness.map(({ radius, rise }) =>
      text.sharpness(shortNumber(radius), rise === null ? "∞" : shortNumber(rise)),
    ),
    ...(loss.length < rows ? [text.unfinished(loss.length, rows)] : []),
  ];
  return [
    h("h2", {}, `${text.facts}: ${name}`),
    h("ul", { class: "facts" }, ...sentences.map((sentence) => h("li", {}, sentence))),
    ...(source.command ? [h("pre", { tabindex: 0, "aria-label": text.command }, source.command)] : []),
  ];
}

/** Residual and loss along the path: what the picture leaves out. */
function pathCharts(store: LandscapesStore, context: PanelContext, text: LandscapesTexts): HTMLElement[] {
  const chart = (
    title: string,
    values: (path: NonNullable<Landscape["path"]>) => readonly (number | null)[],
    log: boolean,
  ) => {
    const figure = h("figure", {}, h("figcaption", {}, title));
    const drawn = picture(
      {
        label: title,
        file: "path",
        half: 1,
        draw: (pen, { width, height }, theme) => {
          const path = store.landscape.value?.path;
          if (path === undefined) return;
          const steps = path.steps.at(-1) as number;
          drawChart(
            pen,
            [{ color: colorOf(1), values: values(path).map((v) => v ?? Number.NaN), at: path.steps }],
            { width, height, steps, log },
            theme,
          );
        },
      },
      context.themeVersion,
    );
    drawn.classList.add("small");
    figure.append(drawn);
    effect(() => {
      figure.hidden = store.landscape.value?.path === undefined;
    });
    return figure;
  };
  return [
    chart(text.residual, (path) => path.residual, false),
    chart(text.pathLoss, (path) => path.loss, true),
  ];
}
