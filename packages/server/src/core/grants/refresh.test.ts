import { parseToken } from '@pkgauth/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { openTestCore, request, system, type TestCore } from '../core.fixture.ts';
import type { IssuedTokens } from '../services.ts';
import { sessionLife } from '../sessions.ts';

let test: TestCore;
afterEach(() => test.close());

const start = async (options: Parameters<typeof openTestCore>[0] = {}): Promise<IssuedTokens> => {
  test = await openTestCore(options);
  return login();
};
const login = (userId = test.owner.id): Promise<IssuedTokens> =>
  test.core.sessions.open({
    userId,
    clientId: 'pkgauth',
    door: 'oauth',
    scope: 'openid profile',
    request: request(),
  });
const refresh = (
  token: string,
  change: { scope?: string; clientId?: string | null } = {},
): Promise<IssuedTokens> =>
  test.core.refresh.exchange({ token, clientId: 'pkgauth', scope: undefined, request: request(), ...change });
const refused = { code: 'invalid-grant' };
const principalOf = async (tokens: IssuedTokens): Promise<boolean> =>
  (await test.core.verifier.verify(`Bearer ${tokens.accessToken}`)).ok;

describe('refresh', () => {
  it('gives a new pair that works, and says how long', async () => {
    const first = await start();
    const second = await refresh(first.refreshToken);
    expect(parseToken(second.refreshToken)).toEqual({ kind: 'refresh' });
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(second).toMatchObject({ expiresIn: 3600, scope: 'openid profile', sessionId: first.sessionId });
    expect(await principalOf(second)).toBe(true);
  });

  it('OA11 50 in parallel with one token: the same pair for all, family alive', async () => {
    const first = await start();
    const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(first.refreshToken)));
    expect(new Set(answers.map((answer) => `${answer.refreshToken} ${answer.accessToken}`)).size).toBe(1);
    await test.clock.advance(1000);
    const next = await refresh(answers[0]?.refreshToken ?? '');
    expect(await principalOf(next)).toBe(true);
  });

  it('OA12 a lost answer: the parent of a token that nobody used gets the same pair weeks later', async () => {
    const first = await start();
    const lost = await refresh(first.refreshToken);
    await test.clock.advance(20 * 24 * 3600_000);
    const again = await refresh(first.refreshToken);
    expect(again.refreshToken).toBe(lost.refreshToken);
    expect(again.expiresIn).toBe(3600);
    expect(await principalOf(again)).toBe(true);
  });

  it('OA12 the sweep leaves what a lost answer needs', async () => {
    const first = await start();
    const lost = await refresh(first.refreshToken);
    await test.clock.advance(20 * 24 * 3600_000);
    await test.storage.sweep(test.clock.now(), 1000);
    expect((await refresh(first.refreshToken)).refreshToken).toBe(lost.refreshToken);
  });

  it('OA13 an ancestor within the window gets the current pair, however many rotations back', async () => {
    const first = await start();
    const second = await refresh(first.refreshToken);
    await test.clock.advance(20_000);
    const third = await refresh(second.refreshToken);
    await test.clock.advance(20_000);
    const fourth = await refresh(third.refreshToken);
    await test.clock.advance(20_000);
    expect((await refresh(first.refreshToken)).refreshToken).toBe(fourth.refreshToken);
    expect((await refresh(second.refreshToken)).refreshToken).toBe(fourth.refreshToken);
  });

  it.each([
    [60_000, true],
    [60_001, false],
  ])('OA13 an ancestor rotated %i ms ago whose successor was used: accepted %s', async (age, accepted) => {
    const first = await start();
    const second = await refresh(first.refreshToken);
    const third = await refresh(second.refreshToken);
    await test.clock.advance(age);
    const late = refresh(first.refreshToken);
    if (accepted) expect((await late).refreshToken).toBe(third.refreshToken);
    else await expect(late).rejects.toMatchObject(refused);
  });

  it('OA13 reuse ends that session only, its access tokens too, and is recorded', async () => {
    const first = await start();
    const other = await login();
    const second = await refresh(first.refreshToken);
    const third = await refresh(second.refreshToken);
    await test.clock.advance(61_000);
    expect(await principalOf(third)).toBe(true);
    await expect(refresh(first.refreshToken)).rejects.toMatchObject(refused);
    await expect(refresh(third.refreshToken)).rejects.toMatchObject(refused);
    expect(await principalOf(third)).toBe(false);
    expect(await principalOf(await refresh(other.refreshToken))).toBe(true);
    const actions = (await test.storage.audit.list({ limit: 10 })).map((event) => event.action);
    expect(actions).toContain('session.reuse-detected');
    expect(actions).toContain('session.revoke');
  });

  it('OA13 without a window the parent of an unused successor is still answered, and reuse is not', async () => {
    const first = await start({ refreshGrace: 0 });
    const second = await refresh(first.refreshToken);
    await test.clock.advance(1);
    expect((await refresh(first.refreshToken)).refreshToken).toBe(second.refreshToken);
    await refresh(second.refreshToken);
    await test.clock.advance(1);
    await expect(refresh(first.refreshToken)).rejects.toMatchObject(refused);
  });

  it('OA14 a clock that is set back brings no rotated token back to life', async () => {
    const first = await start();
    const second = await refresh(first.refreshToken);
    const third = await refresh(second.refreshToken);
    test.clock.set(test.clock.now() - 3600_000);
    expect((await refresh(first.refreshToken)).refreshToken).toBe(third.refreshToken);
  });

  it('OA16 a revoked login is refused, and so is an unknown or mistyped token', async () => {
    const first = await start();
    expect(await test.core.sessions.revoke(first.sessionId, test.owner.id, 'test', system)).toBe(true);
    await expect(refresh(first.refreshToken)).rejects.toMatchObject(refused);
    await expect(refresh(`${first.refreshToken.slice(0, -1)}0`)).rejects.toMatchObject(refused);
    await expect(refresh('')).rejects.toMatchObject(refused);
  });

  it('OA17 a scope may be narrowed, and only for that access token; wider is refused', async () => {
    const first = await start();
    const narrow = await refresh(first.refreshToken, { scope: 'openid' });
    expect(narrow.scope).toBe('openid');
    await expect(refresh(narrow.refreshToken, { scope: 'openid channel:upload' })).rejects.toMatchObject({
      code: 'invalid-request',
    });
    expect((await refresh(narrow.refreshToken)).scope).toBe('openid profile');
  });

  it('OA06 another client is refused and the login lives on; doors without client ids ask for none', async () => {
    const first = await start();
    await expect(refresh(first.refreshToken, { clientId: 'pixi' })).rejects.toMatchObject(refused);
    expect(await principalOf(await refresh(first.refreshToken, { clientId: null }))).toBe(true);
  });

  it('OA19 a disabled user is refused, and gets no further after being enabled', async () => {
    const first = await start();
    await test.core.users.disable(test.owner.id, system);
    await expect(refresh(first.refreshToken)).rejects.toMatchObject(refused);
    await test.core.users.enable(test.owner.id, system);
    await expect(refresh(first.refreshToken)).rejects.toMatchObject(refused);
  });

  it('ends when idle for too long, and in any case a year after the login', async () => {
    const first = await start();
    await test.clock.advance(sessionLife.idle);
    await expect(refresh(first.refreshToken)).rejects.toMatchObject(refused);
    let tokens = await login();
    const end = test.clock.now() + sessionLife.absolute;
    while (test.clock.now() + sessionLife.idle / 2 < end) {
      await test.clock.advance(sessionLife.idle / 2);
      tokens = await refresh(tokens.refreshToken);
    }
    test.clock.set(end - 1);
    tokens = await refresh(tokens.refreshToken);
    test.clock.set(end);
    await expect(refresh(tokens.refreshToken)).rejects.toMatchObject(refused);
  });

  it('answers repeats with an access token that still has some life', async () => {
    const first = await start();
    const second = await refresh(first.refreshToken);
    await test.clock.advance(56 * 60_000);
    const again = await refresh(first.refreshToken);
    expect(again.refreshToken).toBe(second.refreshToken);
    expect(again.expiresIn).toBe(3600);
  });

  it('AK01 the database holds no refresh token in the clear', async () => {
    const first = await start();
    const second = await refresh(first.refreshToken);
    const row = await test.storage.loginSessions.findToken(test.crypto.sha256(first.refreshToken));
    expect(row?.sealedSuccessor).toMatch(/^v1\./);
    expect(JSON.stringify(row)).not.toContain(second.refreshToken.slice(4, 20));
  });
});
