/** Disjoint sets: everything is alone until joined. */
export interface DisjointSets<T> {
  join(a: T, b: T): void;
  /** The same member for all of a set. */
  find(x: T): T;
}

export function disjointSets<T>(): DisjointSets<T> {
  const parent = new Map<T, T>();
  const find = (x: T): T => {
    const up = parent.get(x);
    if (up === undefined) return x;
    const root = find(up);
    parent.set(x, root);
    return root;
  };
  return {
    find,
    join(a, b) {
      const [x, y] = [find(a), find(b)];
      if (x !== y) parent.set(x, y);
    },
  };
}
