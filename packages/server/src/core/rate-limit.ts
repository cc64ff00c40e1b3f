import { createBoundedMap } from './bounded-map.ts';
import type { Clock } from './ports/index.ts';

/** At most `most` in any `window` milliseconds. */
export type RateRule = { most: number; window: number };

/** Counts per key within this process. */
export type RateLimit = {
  /** Takes one. Answers 0 when it was allowed, else the milliseconds until one would be. */
  take(key: string): number;
  /** Gives the last one back, when it turned out not to count. */
  giveBack(key: string): void;
};

/** Keys that are remembered; forgetting one sets it back to zero, which needs this many other callers in one window. */
const mostKeys = 100_000;

/** A sliding window: the times of the last `most` events are kept. */
export function createRateLimit(clock: Clock, { most, window }: RateRule): RateLimit {
  const events = createBoundedMap<string, number[]>(mostKeys);

  function current(key: string, now: number): number[] {
    return (events.get(key) ?? []).filter((at) => at > now - window && at <= now);
  }
  function waitFrom(times: number[], now: number): number {
    const [oldest] = times;
    return times.length < most || oldest === undefined ? 0 : oldest + window - now;
  }

  return {
    take(key) {
      const now = clock.now();
      const times = current(key, now);
      const wait = waitFrom(times, now);
      events.set(key, wait === 0 ? [...times, now] : times);
      return wait;
    },
    giveBack(key) {
      events.set(key, (events.get(key) ?? []).slice(0, -1));
    },
  };
}
