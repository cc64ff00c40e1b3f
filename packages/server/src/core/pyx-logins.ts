import { recordAudit } from './audit.ts';
import { createBoundedMap } from './bounded-map.ts';
import { ServiceError } from './errors.ts';
import type { PyxLogin } from './model.ts';
import type { Clock, Crypto, RequestContext, Storage, Timers } from './ports/index.ts';
import type { IssuedTokens, PyxLogins, PyxLoginView, PyxPoll, SignedInBrowser } from './services.ts';
import type { SessionService } from './sessions.ts';
import { programOf } from './user-agent.ts';

const minute = 60 * 1000;
/** Milliseconds. uv gives up after 60 polls; with `hold` that is eleven minutes. */
export const pyxLoginTimes = {
  life: 15 * minute,
  /** How long a poll waits for the person. uv's read timeout is 30 s. */
  hold: 10_000,
  /** How often the storage is asked meanwhile: the approval may happen on another node. */
  look: 1_000,
  /** How long the page waits for the program's first poll, which says who asks. */
  firstPoll: 1_500,
} as const;

/** Logins that may wait per address: their ids are made by whoever asks. */
const mostPending = 50;

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Clients know this login by their own name. */
const clientId = 'uv';
const pyxScope = 'openid profile offline_access channel:read channel:upload';

export type PyxLoginDeps = {
  storage: Storage;
  crypto: Crypto;
  clock: Clock;
  timers: Timers;
  sessions: Pick<SessionService, 'openWithin'>;
};

/**
 * Browser logins of the pyx protocol. The only bond between terminal and browser is a UUID that the program made, so it
 * is worth exactly one collection, for a short time, after a signed-in person saw who asks and clicked.
 */
export function createPyxLogins(deps: PyxLoginDeps): PyxLogins {
  const { storage, crypto, clock } = deps;
  const waiting = createNotifier();
  const reported = createBoundedMap<string, true>(1_000);
  const idOf = (uuid: string): string | undefined =>
    uuidPattern.test(uuid.toLowerCase()) ? crypto.sha256(`pyx-login:${uuid.toLowerCase()}`) : undefined;

  async function settle(
    uuid: string,
    browser: SignedInBrowser,
    request: RequestContext,
    outcome: { state: 'approved'; userId: string } | { state: 'denied' },
  ): Promise<boolean> {
    const id = idOf(uuid);
    const login = id === undefined ? undefined : await storage.pyxLogins.get(id);
    if (id === undefined || login === undefined || clock.now() >= login.expiresAt) return false;
    const settled = await storage.transaction(async (step) => {
      if (!(await step.pyxLogins.settle(id, browser.session.id, outcome))) return false;
      const detail = { program: programOf(login.userAgent), address: login.ip };
      const by = { actor: `user:${browser.user.id}`, request };
      await recordAudit(step, clock, by, { action: `pyx-login.${outcome.state}`, detail });
      return true;
    });
    waiting.notify(id);
    return settled;
  }

  return {
    show: (uuid, browser, request) => showLogin(deps, waiting, idOf(uuid), browser, request),
    approve: (uuid, browser, request) =>
      settle(uuid, browser, request, { state: 'approved', userId: browser.user.id }),
    deny: (uuid, browser, request) => settle(uuid, browser, request, { state: 'denied' }),
    async poll(uuid, request, signal) {
      const id = idOf(uuid);
      if (id === undefined) throw new ServiceError('not-found', 'That is not a login');
      const login = await openLogin(deps, id, request);
      waiting.notify(id);
      const outcome = await waitForOutcome(deps, waiting, login, request, signal);
      if (outcome === 'collected' && reported.get(id) === undefined) {
        reported.set(id, true);
        await recordAudit(
          storage,
          clock,
          { actor: 'anonymous', request },
          { action: 'pyx-login.second-collection' },
        );
      }
      return outcome === 'collected' ? { kind: 'pending' } : outcome;
    },
  };
}

async function openLogin(
  { storage, clock }: PyxLoginDeps,
  idHash: string,
  request: Pick<RequestContext, 'ip' | 'userAgent'>,
): Promise<PyxLogin> {
  const existing = await storage.pyxLogins.get(idHash);
  if (existing !== undefined) return existing;
  const createdAt = clock.now();
  if ((await storage.pyxLogins.countPending(request.ip, createdAt)) >= mostPending) {
    throw new ServiceError('rate-limited', 'Too many logins are waiting', { retryAfter: 60 });
  }
  return storage.pyxLogins.open({
    idHash,
    state: 'pending',
    userId: null,
    claimedBy: null,
    ip: request.ip,
    userAgent: request.userAgent,
    createdAt,
    expiresAt: createdAt + pyxLoginTimes.life,
  });
}

async function showLogin(
  deps: PyxLoginDeps,
  waiting: Notifier,
  idHash: string | undefined,
  browser: SignedInBrowser,
  request: RequestContext,
): Promise<PyxLoginView | undefined> {
  const { storage, clock, timers } = deps;
  if (idHash === undefined) return undefined;
  if ((await storage.pyxLogins.get(idHash)) === undefined) {
    // A program that opens the browser first and polls then is a moment late.
    await waiting.wait(timers, idHash, pyxLoginTimes.firstPoll, new AbortController().signal);
  }
  // Some programs poll only when the browser has gone: then nobody can say yet who asks.
  const login = await openLogin(deps, idHash, { ip: request.ip, userAgent: '' });
  if (clock.now() >= login.expiresAt || !(await storage.pyxLogins.claim(idHash, browser.session.id)))
    return undefined;
  const program = login.userAgent === '' ? null : programOf(login.userAgent);
  return { program, ip: login.ip, createdAt: login.createdAt, expiresAt: login.expiresAt };
}

async function waitForOutcome(
  deps: PyxLoginDeps,
  waiting: Notifier,
  opened: PyxLogin,
  request: RequestContext,
  signal: AbortSignal,
): Promise<PyxPoll | 'collected'> {
  const { storage, clock, timers } = deps;
  const until = clock.now() + pyxLoginTimes.hold;
  let login: PyxLogin | undefined = opened;
  for (;;) {
    if (login === undefined || clock.now() >= login.expiresAt) return { kind: 'pending' };
    if (login.state === 'denied') return { kind: 'denied' };
    if (login.state === 'approved') {
      const tokens = await collect(deps, login.idHash, request);
      return tokens === undefined ? 'collected' : { kind: 'approved', tokens };
    }
    if (login.state === 'collected') return 'collected';
    const left = until - clock.now();
    if (left <= 0 || signal.aborted) return { kind: 'pending' };
    await waiting.wait(timers, login.idHash, Math.min(left, pyxLoginTimes.look), signal);
    login = await storage.pyxLogins.get(login.idHash);
  }
}

/** Collecting and opening the session are one step: a login is not lost between them. */
function collect(
  { storage, sessions }: PyxLoginDeps,
  idHash: string,
  request: RequestContext,
): Promise<IssuedTokens | undefined> {
  return storage.transaction(async (step) => {
    const collected = await step.pyxLogins.collect(idHash);
    if (collected === undefined) return undefined;
    return sessions.openWithin(step, {
      userId: collected.userId,
      clientId,
      door: 'pyx',
      scope: pyxScope,
      request,
    });
  });
}

/** Wakes those of this process that wait for a login. */
type Notifier = {
  notify(id: string): void;
  /** Until notified, aborted, or so many milliseconds later. */
  wait(timers: Timers, id: string, milliseconds: number, signal: AbortSignal): Promise<void>;
};

function createNotifier(): Notifier {
  const sleepers = new Map<string, Set<AbortController>>();
  return {
    notify(id) {
      for (const sleeper of sleepers.get(id) ?? []) sleeper.abort();
    },
    async wait(timers, id, milliseconds, signal) {
      const sleeper = new AbortController();
      const others = sleepers.get(id) ?? new Set();
      sleepers.set(id, others.add(sleeper));
      try {
        await timers.wait(milliseconds, AbortSignal.any([signal, sleeper.signal]));
      } finally {
        others.delete(sleeper);
        if (others.size === 0) sleepers.delete(id);
      }
    },
  };
}
