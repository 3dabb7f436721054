import type { Language } from "../../i18n/index.ts";
import { en, type TrainingTexts } from "./en.ts";
import { ru } from "./ru.ts";

export type { TrainingTexts } from "./en.ts";

export const texts: Readonly<Record<Language, TrainingTexts>> = { en, ru };
