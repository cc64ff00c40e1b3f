import { describe, expect, it } from 'vitest';
import { openStorage } from '../storage/index.ts';
import { createTestClock } from './core.fixture.ts';
import { createEpoch } from './epoch.ts';
import { type Storage, StorageError } from './ports/index.ts';
import { revokedForGood, revokedUntil } from './revocations.ts';

async function start(change: (storage: Storage) => Storage = (storage) => storage) {
  const clock = createTestClock();
  const storage = await openStorage('sqlite::memory:');
  const epoch = createEpoch({ storage: change(storage), clock, timers: clock });
  await epoch.refresh();
  return { clock, storage, epoch };
}

describe('epoch', () => {
  it('tells its listeners once per change, after the revocations are known', async () => {
    const { clock, storage, epoch } = await start();
    const seen: boolean[] = [];
    epoch.onChange(() => seen.push(epoch.covers('session:a', clock.now())));
    await epoch.refresh();
    expect(seen).toEqual([]);
    await storage.revocations.add([revokedForGood('session:a', clock.now())]);
    await Promise.all([epoch.refresh(), epoch.refresh(), epoch.refresh()]);
    expect(seen).toEqual([true]);
  });

  it('a refresh that is asked for after a change sees it, whatever round is running', async () => {
    let slow: PromiseWithResolvers<void> | undefined;
    const { clock, storage, epoch } = await start((inner) => ({
      ...inner,
      revocations: {
        ...inner.revocations,
        epoch: async () => {
          const stored = await inner.revocations.epoch();
          await slow?.promise;
          return stored;
        },
      },
    }));
    slow = Promise.withResolvers<void>();
    const early = epoch.refresh();
    await new Promise((resolve) => setImmediate(resolve));
    await storage.revocations.add([revokedForGood('session:a', clock.now())]);
    const late = epoch.refresh();
    slow.resolve();
    await early;
    expect(epoch.covers('session:a', clock.now())).toBe(false);
    await late;
    expect(epoch.covers('session:a', clock.now())).toBe(true);
  });

  it('N11 follows another process within half a second, and goes on after an outage', async () => {
    let down = false;
    const { clock, storage, epoch } = await start((inner) => ({
      ...inner,
      revocations: {
        ...inner.revocations,
        epoch: () =>
          down ? Promise.reject(new StorageError('unavailable', 'down')) : inner.revocations.epoch(),
      },
    }));
    epoch.start();
    await storage.revocations.add([revokedForGood('session:a', clock.now())]);
    await clock.advance(500);
    expect(epoch.covers('session:a', clock.now())).toBe(true);
    down = true;
    await storage.revocations.add([revokedForGood('session:b', clock.now())]);
    await clock.advance(500).catch(() => undefined);
    expect([epoch.covers('session:a', clock.now()), epoch.covers('session:b', clock.now())]).toEqual([
      true,
      false,
    ]);
    down = false;
    await clock.advance(500);
    expect(epoch.covers('session:b', clock.now())).toBe(true);
    epoch.stop();
  });

  it('covers tokens up to the moment of the revocation, or all of them', async () => {
    const { clock, storage, epoch } = await start();
    const at = clock.now();
    await storage.revocations.add([revokedUntil('user:a', at), revokedForGood('session:a', at)]);
    await epoch.refresh();
    expect([epoch.covers('user:a', at), epoch.covers('user:a', at + 1)]).toEqual([true, false]);
    expect([epoch.covers('session:a', at), epoch.covers('session:a', at + 3600_000)]).toEqual([true, true]);
    expect(epoch.covers('session:b', at)).toBe(false);
  });
});
