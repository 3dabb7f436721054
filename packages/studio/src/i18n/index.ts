import { en, type Texts } from "./en.ts";
import { ru } from "./ru.ts";

export type Language = "en" | "ru";

export const languages: Readonly<Record<Language, { readonly name: string; readonly texts: Texts }>> = {
  en: { name: "English", texts: en },
  ru: { name: "Русский", texts: ru },
};

/** The browser's language where we have it, else English. */
export const preferredLanguage = (): Language => (navigator.language.startsWith("ru") ? "ru" : "en");
