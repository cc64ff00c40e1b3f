import { errors } from 'oidc-provider';
import { createBoundedMap } from '../../core/bounded-map.ts';
import type { Clock, Crypto } from '../../core/ports/index.ts';

/** Milliseconds (RFC 8628 §3.5). The slack forgives a request that travelled faster than the one before. */
const pace = { interval: 5_000, step: 5_000, slack: 500 } as const;
const mostDevices = 10_000;

/** Makes devices poll no faster than they were told to. */
export type DevicePacing = {
  /** Throws `slow_down` when the device polls too fast, and has it wait longer from then on. */
  admit(deviceCode: string): void;
};

export function createDevicePacing(clock: Clock, crypto: Crypto): DevicePacing {
  const polls = createBoundedMap<string, { at: number; interval: number }>(mostDevices);
  return {
    admit(deviceCode) {
      const now = clock.now();
      const key = crypto.sha256(deviceCode);
      const former = polls.get(key);
      const interval = former?.interval ?? pace.interval;
      const tooFast = former !== undefined && now - former.at < interval - pace.slack;
      polls.set(key, { at: now, interval: tooFast ? interval + pace.step : interval });
      if (tooFast) throw new errors.SlowDown('poll less often');
    },
  };
}
