import type { Language } from "../../i18n/index.ts";
import { en, type LandscapesTexts } from "./en.ts";
import { ru } from "./ru.ts";

export type { LandscapesTexts } from "./en.ts";

export const texts: Readonly<Record<Language, LandscapesTexts>> = { en, ru };
