import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createJws, createRandom } from '../crypto/index.ts';
import { openTestCore, request, settle, system, type TestCore } from './core.fixture.ts';
import { createServices } from './create-services.ts';
import { pyxLoginTimes } from './pyx-logins.ts';
import type { PyxPoll, SignedInBrowser } from './services.ts';

let test: TestCore;
let browser: SignedInBrowser;
beforeEach(async () => {
  test = await openTestCore();
  browser = await openBrowser();
});
afterEach(() => test.close());

async function openBrowser(userId = test.owner.id): Promise<SignedInBrowser> {
  const { secret } = await test.core.browserSessions.open(userId, undefined, request());
  return (await test.core.browserSessions.find(secret)) as SignedInBrowser;
}

const uv = request({ ip: '198.51.100.4' });
const visitor = request({ userAgent: 'Mozilla/5.0' });
const poll = (uuid: string, signal = new AbortController().signal): Promise<PyxPoll> =>
  test.core.pyxLogins.poll(uuid, uv, signal);

/** A poll that begins now, and how it ends after its full time. */
async function pollThrough(uuid: string): Promise<PyxPoll> {
  const pending = poll(uuid);
  for (let second = 0; second < 11; second += 1) {
    await settle();
    await test.clock.advance(1_000);
  }
  return pending;
}

async function begin(): Promise<string> {
  const uuid = randomUUID();
  const aborted = AbortSignal.abort();
  expect(await poll(uuid, aborted)).toEqual({ kind: 'pending' });
  return uuid;
}

describe('pyx logins', () => {
  it('show who asks, and give the tokens after a click', async () => {
    const uuid = await begin();
    const view = await test.core.pyxLogins.show(uuid, browser, visitor);
    expect(view).toEqual({
      program: 'uv 0.12.6',
      ip: '198.51.100.4',
      createdAt: test.clock.now(),
      expiresAt: test.clock.now() + pyxLoginTimes.life,
    });
    expect(await test.core.pyxLogins.approve(uuid, browser, visitor)).toBe(true);
    const outcome = await poll(uuid);
    expect(outcome.kind).toBe('approved');
    const tokens = outcome.kind === 'approved' ? outcome.tokens : undefined;
    expect((await test.core.verifier.verify(`Bearer ${tokens?.accessToken}`)).ok).toBe(true);
    expect(await test.core.sessions.listOfUser(test.owner.id)).toMatchObject([
      { clientId: 'uv', door: 'pyx' },
    ]);
  });

  it('answer a waiting poll at once when the person decides', async () => {
    const uuid = await begin();
    await test.core.pyxLogins.show(uuid, browser, visitor);
    const waiting = poll(uuid);
    await settle();
    await test.core.pyxLogins.deny(uuid, browser, visitor);
    expect(await waiting).toEqual({ kind: 'denied' });
    expect(await test.core.pyxLogins.approve(uuid, browser, visitor)).toBe(false);
  });

  it('hold a poll for ten seconds', async () => {
    const uuid = await begin();
    const from = test.clock.now();
    expect(await pollThrough(uuid)).toEqual({ kind: 'pending' });
    expect(test.clock.now() - from).toBeGreaterThanOrEqual(pyxLoginTimes.hold);
  });

  it('notice a decision on another node within a second', async () => {
    const uuid = await begin();
    const { storage, crypto, clock } = test;
    const deps = { storage, crypto, clock, timers: clock, jws: createJws(), random: createRandom() };
    const node = createServices({ ...deps, issuer: 'https://auth.example.com', refreshGrace: 0 });
    await node.pyxLogins.show(uuid, browser, visitor);
    const waiting = poll(uuid);
    await settle();
    await node.pyxLogins.approve(uuid, browser, visitor);
    await test.clock.advance(1_000);
    expect((await waiting).kind).toBe('approved');
  });

  it('OA24 are collected once: of 20 pollers one gets the tokens, and the others are recorded', async () => {
    const uuid = await begin();
    await test.core.pyxLogins.show(uuid, browser, visitor);
    await test.core.pyxLogins.approve(uuid, browser, visitor);
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => poll(uuid)));
    expect(outcomes.filter((outcome) => outcome.kind === 'approved')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome.kind === 'pending')).toHaveLength(19);
    expect(await test.core.sessions.listOfUser(test.owner.id)).toHaveLength(1);
    const events = await test.storage.audit.list({ limit: 100, action: 'pyx-login.second-collection' });
    expect(events).toHaveLength(1);
  });

  it('OA24 the address alone approves nothing: only the browser that showed it, once, while it lives', async () => {
    const uuid = await begin();
    const other = await openBrowser((await test.addUser('other@example.com', 'member')).id);
    expect(await test.core.pyxLogins.approve(uuid, browser, visitor)).toBe(false);
    await test.core.pyxLogins.show(uuid, browser, visitor);
    expect(await test.core.pyxLogins.show(uuid, other, visitor)).toBeUndefined();
    expect(await test.core.pyxLogins.approve(uuid, other, visitor)).toBe(false);
    expect(await test.core.pyxLogins.deny(uuid, other, visitor)).toBe(false);
    await test.clock.advance(pyxLoginTimes.life);
    expect(await test.core.pyxLogins.show(uuid, browser, visitor)).toBeUndefined();
    expect(await test.core.pyxLogins.approve(uuid, browser, visitor)).toBe(false);
  });

  it('OA19 a person who was disabled after the click has approved nothing', async () => {
    const user = await test.addUser('leaver@example.com', 'member');
    const theirs = await openBrowser(user.id);
    const uuid = await begin();
    await test.core.pyxLogins.show(uuid, theirs, visitor);
    await test.core.pyxLogins.approve(uuid, theirs, visitor);
    await test.core.users.disable(user.id, system);
    await expect(poll(uuid)).rejects.toMatchObject({ code: 'invalid-grant' });
    expect(await test.core.sessions.listOfUser(user.id)).toEqual([]);
  });

  it('show that nobody called yet when the page is opened first', async () => {
    const uuid = randomUUID();
    const showing = test.core.pyxLogins.show(uuid, browser, visitor);
    await settle();
    await test.clock.advance(pyxLoginTimes.firstPoll);
    expect(await showing).toMatchObject({ program: null, ip: '192.0.2.7' });
    expect(await test.core.pyxLogins.approve(uuid, browser, visitor)).toBe(true);
    expect((await poll(uuid)).kind).toBe('approved');
  });

  it('wait a moment for a program that opens the browser before it polls', async () => {
    const uuid = randomUUID();
    const showing = test.core.pyxLogins.show(uuid, browser, visitor);
    await settle();
    await poll(uuid, AbortSignal.abort());
    expect(await showing).toMatchObject({ program: 'uv 0.12.6' });
  });

  it('are bounded per address, and refuse what is no UUID', async () => {
    for (let count = 0; count < 50; count += 1) await begin();
    await expect(poll(randomUUID())).rejects.toMatchObject({ code: 'rate-limited' });
    await test.clock.advance(pyxLoginTimes.life);
    await begin();
    for (const text of ['', 'x', `${randomUUID()}x`, '../refresh', randomUUID().replaceAll('-', '')]) {
      await expect(poll(text)).rejects.toMatchObject({ code: 'not-found' });
    }
  });
});
