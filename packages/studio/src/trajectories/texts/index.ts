import type { Language } from "../../i18n/index.ts";
import { en, type TrajectoryTexts } from "./en.ts";
import { ru } from "./ru.ts";

export type { TrajectoryTexts } from "./en.ts";

export const texts: Readonly<Record<Language, TrajectoryTexts>> = { en, ru };
