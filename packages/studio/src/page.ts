import type { Texts } from "./i18n/en.ts";
import type { Language } from "./i18n/index.ts";
import type { Signal } from "./ui/signal.ts";

/** What the page gives to a panel. */
export interface PanelContext {
  readonly language: Language;
  /** The page's texts in this language. A panel has its own texts in its folder. */
  readonly texts: Texts;
  /** The panel's part of the address at the beginning. */
  readonly address: URLSearchParams;
  /** Counts changes of the theme. */
  readonly themeVersion: Signal<number>;
  /** Called with the panel's part of the address when it changes. */
  saveAddress(params: URLSearchParams): void;
}

/**
 * Makes the element of a panel. It is called inside an effect: the effects made in it stop when the panel is left. The
 * element has `aria-busy="false"` when all that was asked of it is computed and drawn.
 */
export type Panel = (context: PanelContext) => HTMLElement;
