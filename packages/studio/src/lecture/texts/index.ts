import type { Language } from "../../i18n/index.ts";
import { en, type LectureTexts } from "./en.ts";
import { ru } from "./ru.ts";

export type { LectureTexts } from "./en.ts";

export const texts: Readonly<Record<Language, LectureTexts>> = { en, ru };
