import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createWeightedCache } from './weighted-cache.ts';

describe('weighted cache', () => {
  it('lets go what was not used for longest', () => {
    const cache = createWeightedCache<number>(10);
    cache.set('a', 1, 4);
    cache.set('b', 2, 4);
    cache.get('a');
    cache.set('c', 3, 4);
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([1, undefined, 3]);
  });

  it('keeps an entry that is heavier than the bound alone, so that it is not made anew for everybody', () => {
    const cache = createWeightedCache<number>(10);
    cache.set('a', 1, 4);
    cache.set('b', 2, 11);
    expect([...cache.entries()]).toEqual([['b', 2]]);
    cache.set('c', 3, 1);
    expect([...cache.entries()]).toEqual([['c', 3]]);
  });

  it('never weighs more than its bound, and exactly what its entries weigh', () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const step = fc.oneof(
      fc.record({ kind: fc.constant('set' as const), key, weight: fc.nat(20) }),
      fc.record({ kind: fc.constantFrom('get' as const, 'delete' as const), key }),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const cache = createWeightedCache<number>(20);
        for (const one of steps) {
          if (one.kind === 'set') cache.set(one.key, one.weight, one.weight);
          else cache[one.kind](one.key);
          expect(cache.weight).toBeLessThanOrEqual(20);
          expect([...cache.entries()].reduce((sum, [, weight]) => sum + weight, 0)).toBe(cache.weight);
        }
      }),
    );
  });
});
