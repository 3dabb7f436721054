import type { Language } from "../../i18n/index.ts";
import { en, type ResultsTexts } from "./en.ts";
import { ru } from "./ru.ts";

export type { ResultsTexts } from "./en.ts";

export const texts: Readonly<Record<Language, ResultsTexts>> = { en, ru };
