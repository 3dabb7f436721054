import type { Texts } from "../i18n/en.ts";
import { h } from "./dom.ts";

export interface SaveOptions {
  /** What each button does, by its label: a file format. */
  readonly formats: Readonly<Record<string, () => unknown>>;
  /** The program that computes the same, and what it prints. */
  readonly code: () => string;
  readonly codeLead: string;
}

/** Buttons that save pictures and data, show the code for them, and copy the address of the page. */
export function saveButtons({ formats, code, codeLead }: SaveOptions, texts: Texts): HTMLElement {
  const { save: text } = texts;
  const button = (label: string, onclick: () => unknown): HTMLButtonElement =>
    h("button", { type: "button", onclick: () => void onclick() }, label);
  const listing = h("pre", { tabindex: 0, "aria-label": text.code });
  const dialog: HTMLDialogElement = h(
    "dialog",
    { "aria-label": text.code },
    h("h2", {}, text.code),
    h("p", {}, codeLead),
    listing,
    h(
      "div",
      { class: "buttons" },
      copyButton(text.copy, () => listing.textContent ?? "", texts),
      button(text.close, () => dialog.close()),
    ),
  );
  return h(
    "div",
    { class: "buttons", role: "group", "aria-label": text.title },
    ...Object.entries(formats).map(([format, action]) => button(format, action)),
    button(text.code, () => {
      listing.textContent = code();
      dialog.showModal();
    }),
    copyButton(text.link, () => location.href, texts),
    dialog,
  );
}

/** A button that copies a text and says so for a moment. */
export function copyButton(label: string, content: () => string, { save: text }: Texts): HTMLButtonElement {
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(content());
    button.textContent = text.copied;
    setTimeout(() => {
      button.textContent = label;
    }, 1500);
  };
  const button = h("button", { type: "button", onclick: () => void copy() }, label);
  return button;
}
