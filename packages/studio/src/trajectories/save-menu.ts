import type { Texts } from "../i18n/en.ts";
import { h } from "../ui/dom.ts";
import { download } from "../ui/download.ts";
import { themeOf } from "../ui/theme.ts";
import { codeFor } from "./code.ts";
import { toCsv, toJson, toPng, toSvg } from "./save.ts";
import type { Stage } from "./stage.ts";
import type { Store } from "./store.ts";

/** Buttons that save the picture and its data, show the code for it, and copy its address. */
export function saveMenu(store: Store, stage: Stage, texts: Texts): HTMLElement {
  const text = texts.trajectories;
  const state = () => ({ ...store.state.peek(), time: store.time.peek() });
  const theme = () => themeOf(document.documentElement);
  const button = (label: string, onclick: () => unknown) =>
    h("button", { type: "button", onclick: () => void onclick() }, label);
  const code = h("pre", { tabindex: 0 });
  const copy = h(
    "button",
    { type: "button", onclick: () => copyText(code.textContent ?? "", copy) },
    text.copy,
  );
  async function copyText(content: string, from: HTMLElement): Promise<void> {
    await navigator.clipboard.writeText(content);
    const label = from.textContent;
    from.textContent = text.copied;
    setTimeout(() => {
      from.textContent = label;
    }, 1500);
  }
  const dialog = h(
    "dialog",
    { "aria-label": text.code },
    h("h2", {}, text.code),
    h("p", {}, text.codeLead),
    code,
    h(
      "div",
      { class: "buttons" },
      copy,
      h("button", { type: "button", onclick: () => dialog.close() }, text.close),
    ),
  );
  const link = button(text.link, () => copyText(location.href, link));
  return h(
    "div",
    { class: "buttons save", role: "group", "aria-label": text.export },
    button("SVG", () => download("trajectories.svg", toSvg(stage, state(), theme()), "image/svg+xml")),
    button("PNG", async () => download("trajectories.png", await toPng(stage, state(), theme()))),
    button("CSV", () => download("trajectories.csv", toCsv(store.runs.peek(), state()), "text/csv")),
    button("JSON", () =>
      download("trajectories.json", toJson(store.runs.peek(), state(), location.href), "application/json"),
    ),
    button(text.code, () => {
      code.textContent = codeFor(state());
      dialog.showModal();
    }),
    link,
    dialog,
  );
}
