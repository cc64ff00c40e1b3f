import { setTimeout as delay } from 'node:timers/promises';
import type { Timers } from '../core/ports/index.ts';

export const createTimers = (): Timers => ({
  every(milliseconds, work) {
    let running = false;
    const timer = setInterval(() => {
      if (running) return;
      running = true;
      work()
        .catch(() => {})
        .finally(() => {
          running = false;
        });
    }, milliseconds);
    timer.unref();
    return () => clearInterval(timer);
  },
  wait: (milliseconds, signal) =>
    delay(milliseconds, undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    }),
});
