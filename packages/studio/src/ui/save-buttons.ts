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
export function saveButtons({ formats, code, codeLead }: SaveOptions, { save: text }: Texts): HTMLElement {
  const button = (label: string, onclick: () => unknown): HTMLButtonElement =>
    h("button", { type: "button", onclick: () => void onclick() }, label);
  async function copyText(content: string, from: HTMLElement): Promise<void> {
    await navigator.clipboard.writeText(content);
    const label = from.textContent;
    from.textContent = text.copied;
    setTimeout(() => {
      from.textContent = label;
    }, 1500);
  }
  const listing = h("pre", { tabindex: 0, "aria-label": text.code });
  const copy = button(text.copy, () => copyText(listing.textContent ?? "", copy));
  const dialog: HTMLDialogElement = h(
    "dialog",
    { "aria-label": text.code },
    h("h2", {}, text.code),
    h("p", {}, codeLead),
    listing,
    h(
      "div",
      { class: "buttons" },
      copy,
      button(text.close, () => dialog.close()),
    ),
  );
  const link = button(text.link, () => copyText(location.href, link));
  return h(
    "div",
    { class: "buttons", role: "group", "aria-label": text.title },
    ...Object.entries(formats).map(([format, action]) => button(format, action)),
    button(text.code, () => {
      listing.textContent = code();
      dialog.showModal();
    }),
    link,
    dialog,
  );
}
