/** A map with a bound on the sum of its entries' weights; what was not used for longest goes first. */
export type WeightedCache<V> = {
  get(key: string): V | undefined;
  /** An entry that weighs more than the whole bound stands alone. */
  set(key: string, value: V, weight: number): void;
  delete(key: string): void;
  entries(): Iterable<[string, V]>;
  readonly weight: number;
};

/** @param bound in the unit of the weights, bytes for example. */
export function createWeightedCache<V>(bound: number): WeightedCache<V> {
  // A Map iterates in the order of insertion: using an entry puts it in again.
  const entries = new Map<string, { value: V; weight: number }>();
  let total = 0;

  function remove(key: string): void {
    total -= entries.get(key)?.weight ?? 0;
    entries.delete(key);
  }

  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value, weight) {
      remove(key);
      entries.set(key, { value, weight });
      total += weight;
      for (const oldest of entries.keys()) {
        if (total <= bound || oldest === key) break;
        remove(oldest);
      }
    },
    delete: remove,
    *entries() {
      for (const [key, { value }] of entries) yield [key, value];
    },
    get weight() {
      return total;
    },
  };
}
