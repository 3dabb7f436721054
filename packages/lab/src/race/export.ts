import type { Entry } from "./race.ts";
export async function exportModels(_e: readonly Entry[], _o: string, _f: string): Promise<string[]> {
  return [];
}
