import type { Language } from "../../i18n/index.ts";
import { en, type NormsTexts } from "./en.ts";
import { ru } from "./ru.ts";

export type { NormsTexts } from "./en.ts";

export const texts: Readonly<Record<Language, NormsTexts>> = { en, ru };
