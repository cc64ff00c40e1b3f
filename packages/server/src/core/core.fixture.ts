import { createCrypto, createJws, createRandom, createTimers } from '../crypto/index.ts';
import { openStorage } from '../storage/index.ts';
import { type Core, createServices } from './create-services.ts';
import type { Organization, Role, User } from './model.ts';
import type { Clock, Crypto, RequestContext, Storage, Timers } from './ports/index.ts';
import type { By } from './services.ts';

/** For tests: the core on a real database, with a clock and timers that are moved by hand. */
export type TestCore = {
  core: Core;
  storage: Storage;
  crypto: Crypto;
  clock: TestClock;
  owner: User;
  acme: Organization;
  addUser(email: string, role?: Role): Promise<User>;
  close(): Promise<void>;
};

export type TestClock = Clock &
  Timers & {
    /** Lets time pass: waits and rounds that are due happen. */
    advance(milliseconds: number): Promise<void>;
    set(now: number): void;
  };

export const issuer = 'https://auth.example.com';
export const system: By = { actor: 'system', request: null };
export const request = (change: Partial<RequestContext> = {}): RequestContext => ({
  requestId: 'req_1',
  ip: '192.0.2.7',
  userAgent: 'uv/0.12.6 {"installer":{}}',
  ...change,
});

/** Lets everything that is ready to run, run. */
export const settle = async (): Promise<void> => {
  for (let round = 0; round < 20; round += 1) await new Promise((resolve) => setImmediate(resolve));
};

export function createTestClock(start = Date.UTC(2026, 10, 23)): TestClock {
  let now = start;
  const waits = new Set<{ at: number; resolve: () => void }>();
  const rounds = new Set<{ every: number; at: number; work: () => Promise<void> }>();
  return {
    now: () => now,
    set: (time) => {
      now = time;
    },
    every(milliseconds, work) {
      const round = { every: milliseconds, at: now + milliseconds, work };
      rounds.add(round);
      return () => rounds.delete(round);
    },
    wait(milliseconds, signal) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const wait = { at: now + milliseconds, resolve };
      waits.add(wait);
      signal.addEventListener('abort', () => resolve());
      if (signal.aborted) resolve();
      return promise.finally(() => waits.delete(wait));
    },
    async advance(milliseconds) {
      now += milliseconds;
      for (const wait of waits) if (wait.at <= now) wait.resolve();
      for (const round of rounds) {
        if (round.at > now) continue;
        round.at = now + round.every;
        await round.work();
      }
      await settle();
    },
  };
}

/** For tests with real clients, whose time nobody can move. */
export const realClock = (): TestClock => ({
  now: () => Date.now(),
  ...createTimers(),
  set: () => {
    throw new TypeError('this is the real clock');
  },
  advance: () => {
    throw new TypeError('this is the real clock');
  },
});

const secretKey = Uint8Array.from({ length: 32 }, (_, index) => (index * 73 + 11) % 251);

export async function openTestCore(
  options: { url?: string; refreshGrace?: number; clock?: TestClock; origin?: string } = {},
): Promise<TestCore> {
  const {
    url = 'sqlite::memory:',
    refreshGrace = 60_000,
    clock = createTestClock(),
    origin = issuer,
  } = options;
  const storage = await openStorage(url);
  const crypto = createCrypto(secretKey);
  const core = createServices({
    storage,
    crypto,
    jws: createJws(),
    clock,
    random: createRandom(),
    timers: clock,
    issuer: origin,
    refreshGrace,
  });
  await core.load();
  const { acme, owner } = await ensureOrganization(storage, core, clock);
  // Tokens of the second in which roles changed are looked up; tests that care say so themselves.
  if (options.origin === undefined) clock.set(clock.now() + 1000);
  const addUser = async (email: string, role?: Role): Promise<User> => {
    const user = await core.users.create({ email, name: '', password: null }, system);
    if (role !== undefined) await core.members.put(acme.id, user.id, role, system);
    return user;
  };
  return { core, storage, crypto, clock, owner, acme, addUser, close: () => storage.close() };
}

async function ensureOrganization(
  storage: Storage,
  core: Core,
  clock: Clock,
): Promise<{ acme: Organization; owner: User }> {
  const found = await storage.organizations.findBySlug('acme');
  const user = await core.users.findByEmail('owner@example.com');
  if (found !== undefined && user !== undefined) return { acme: found, owner: user };
  const acme = { id: 'org_acme', slug: 'acme', title: 'Acme Inc', createdAt: clock.now(), suspendedAt: null };
  await storage.organizations.insert(acme);
  const owner = await core.users.create(
    { email: 'owner@example.com', name: 'Olga Owner', password: null },
    system,
  );
  await core.members.put(acme.id, owner.id, 'owner', system);
  return { acme, owner };
}
