import type { Clock, Epoch, Storage, Timers } from './ports/index.ts';
import type { Poll } from './services.ts';

/** Milliseconds between two looks at the stored epoch: how long another node's change takes at most. */
const pollInterval = 500;

/** What is revoked, from memory. */
export type Revocations = {
  /** Whether a token of `subject` that was issued at `issuedAt` (ms) is dead. */
  covers(subject: string, issuedAt: number): boolean;
};

export type EpochDeps = { storage: Storage; clock: Clock; timers: Timers };

/**
 * The epoch of this process and the revocations that belong to it. Both change together and before any listener hears
 * of it, so that whoever sees a new epoch also sees what moved it. While the storage is unavailable the last known
 * revocations stand.
 */
export function createEpoch({ storage, clock, timers }: EpochDeps): Epoch & Revocations & Poll {
  const listeners: (() => void)[] = [];
  let current = -1;
  let notBefore = new Map<string, number>();
  let stop: (() => void) | undefined;
  let running: Promise<void> | undefined;
  let queued: Promise<void> | undefined;

  async function read(): Promise<void> {
    const stored = await storage.revocations.epoch();
    if (stored === current) return;
    const revocations = await storage.revocations.list(clock.now());
    notBefore = new Map(revocations.map((revocation) => [revocation.subject, revocation.notBefore]));
    current = stored;
    for (const listener of listeners) listener();
  }

  function start(): Promise<void> {
    const round = read().finally(() => {
      if (running === round) running = undefined;
    });
    running = round;
    return round;
  }

  /** A round that began before the caller's change may have missed it: such a caller gets the next one. */
  function refresh(): Promise<void> {
    if (running === undefined) return start();
    queued ??= running
      .catch(() => {})
      .then(() => {
        queued = undefined;
        return start();
      });
    return queued;
  }

  return {
    get current() {
      return current;
    },
    refresh,
    onChange: (listener) => {
      listeners.push(listener);
    },
    covers(subject, issuedAt) {
      const limit = notBefore.get(subject);
      return limit !== undefined && issuedAt <= limit;
    },
    start() {
      stop ??= timers.every(pollInterval, refresh);
    },
    stop() {
      stop?.();
      stop = undefined;
    },
  };
}
