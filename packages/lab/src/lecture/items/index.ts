import type { Item } from "../item.ts";
import { adamFailsItem } from "./adam-fails.ts";
import { batchSizeItem } from "./batch-size.ts";
import { crossingItem } from "./crossing.ts";
import { descentLemmaItem } from "./descent-lemma.ts";
import { doubleDescentItem } from "./double-descent.ts";
import { exponentialScheduleItem } from "./exponential-schedule.ts";
import { gdRatesItem } from "./gd-rates.ts";
import { grokkingItem } from "./grokking.ts";
import { heavyTailedItem } from "./heavy-tailed-classes.ts";
import { initialisationItem } from "./initialisation.ts";
import { momentumItem } from "./momentum-does-not-help.ts";
import { nagGsItem } from "./nag-gs.ts";
import { plateauItem } from "./plateau.ts";
import { rateTableItem } from "./rate-table.ts";
import { reshufflingItem } from "./reshuffling.ts";
import { samItem } from "./sam-flat-minima.ts";
import { sgdConvexConstantItem } from "./sgd-convex-constant.ts";
import { sgdConvexSqrtItem } from "./sgd-convex-sqrt.ts";
import { sgdPlConstantItem } from "./sgd-pl-constant.ts";
import { sgdPlDecreasingItem } from "./sgd-pl-decreasing.ts";
import { sparseAdagradItem } from "./sparse-adagrad.ts";
import { varianceReductionItem } from "./variance-reduction.ts";

/** In the order of the lecture: convex problems and their bounds, then networks. */
const theory: readonly Item[] = [
  gdRatesItem,
  descentLemmaItem,
  sgdPlConstantItem,
  sgdPlDecreasingItem,
  sgdConvexConstantItem,
  sgdConvexSqrtItem,
  rateTableItem,
  crossingItem,
  plateauItem,
  momentumItem,
  nagGsItem,
  batchSizeItem,
  reshufflingItem,
  varianceReductionItem,
  sparseAdagradItem,
  adamFailsItem,
];
const deepLearning: readonly Item[] = [
  heavyTailedItem,
  doubleDescentItem,
  initialisationItem,
  exponentialScheduleItem,
  samItem,
  grokkingItem,
];

export const parts: Readonly<Record<string, readonly Item[]>> = {
  Theory: theory,
  "Deep learning": deepLearning,
};

export const items: ReadonlyMap<string, Item> = new Map(
  Object.values(parts).flatMap((part) => part.map((item) => [item.id, item])),
);
