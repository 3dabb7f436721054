import type { Texts } from "./i18n/en.ts";
import type { Signal } from "./ui/signal.ts";

/** What the page gives to a panel. */
export interface PanelContext {
  readonly texts: Texts;
  /** The panel's part of the address at the beginning. */
  readonly address: URLSearchParams;
  /** Counts changes of the theme. */
  readonly themeVersion: Signal<number>;
  /** Called with the panel's part of the address when it changes. */
  saveAddress(params: URLSearchParams): void;
}
