/** The number of single-character edits between two words (Levenshtein, 1966). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next[j] = Math.min(substitute, (row[j] as number) + 1, (next[j - 1] as number) + 1);
    }
    row = next;
  }
  return row[b.length] as number;
}

/** The entry of a registry, or an error that names the nearest entry and lists all. */
export function lookUp<T>(kind: string, name: string, registry: ReadonlyMap<string, T>): T {
  const found = registry.get(name);
  if (found !== undefined) return found;
  const names = [...registry.keys()];
  const likeness = (x: string) => (x.includes(name) || name.includes(x) ? 1 : editDistance(x, name));
  const nearest = [...names].sort((a, b) => likeness(a) - likeness(b))[0];
  const close = nearest !== undefined && name !== "" && likeness(nearest) <= Math.max(2, name.length / 3);
  const hint = close ? ` Did you mean "${nearest}"?` : "";
  throw new RangeError(`unknown ${kind} "${name}".${hint} Known: ${names.join(", ")}`);
}
