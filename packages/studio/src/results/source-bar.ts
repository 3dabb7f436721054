import { choice } from "../ui/controls.ts";
import { h } from "../ui/dom.ts";
import { fileButton } from "../ui/file.ts";
import { effect, untracked } from "../ui/signal.ts";
import type { ResultsStore } from "./store.ts";
import type { ResultsTexts } from "./texts/index.ts";

/** Choosing what to open: the server's results, the example, a file. */
export function sourceBar(
  store: ResultsStore,
  text: ResultsTexts,
  actions: { reload(): void; open(file: File): void },
): HTMLElement {
  const box = h("div", { class: "source" });
  effect(() => {
    const listed = store.listed.value.map(
      ({ name, kind }) => [name, `${name} (${text.kinds[kind]})`] as const,
    );
    const own = store.state.value.source === "file" ? ([["file", text.ownFile]] as const) : [];
    untracked(() =>
      box.replaceChildren(
        choice<string>(
          text.source,
          [...listed, ...own, ["", text.example]],
          () => store.state.value.source,
          (source) => store.patch({ source, task: "", selected: [], trial: "", hidden: [], ranges: {} }),
        ),
        ...fileButton(text.openFile, ".html,.json", actions.open),
        h("button", { type: "button", onclick: actions.reload }, text.reload),
        h("span", { class: "help" }, text.dropHint),
      ),
    );
  });
  return box;
}
