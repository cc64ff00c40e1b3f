import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTestCore, request, system, type TestCore } from './core.fixture.ts';
import type { IssuedTokens } from './services.ts';

let test: TestCore;
beforeEach(async () => {
  test = await openTestCore();
});
afterEach(() => test.close());

const login = (userId = test.owner.id, clientId = 'pkgauth'): Promise<IssuedTokens> =>
  test.core.sessions.open({ userId, clientId, door: 'oauth', scope: 'openid', request: request() });
const refresh = (token: string): Promise<IssuedTokens> =>
  test.core.refresh.exchange({ token, clientId: null, scope: undefined, request: request() });
const works = async (tokens: IssuedTokens): Promise<[boolean, boolean]> => [
  (await test.core.verifier.verify(`Bearer ${tokens.accessToken}`)).ok,
  await refresh(tokens.refreshToken).then(
    () => true,
    () => false,
  ),
];

describe('login sessions', () => {
  it('say what opened them', async () => {
    const { sessionId } = await login();
    expect(await test.core.sessions.listOfUser(test.owner.id)).toMatchObject([
      { id: sessionId, clientId: 'pkgauth', label: 'uv 0.12.6', ip: '192.0.2.7', revokedAt: null },
    ]);
  });

  it('OA19 are not opened for a disabled user', async () => {
    await test.core.users.disable(test.owner.id, system);
    await expect(login()).rejects.toMatchObject({ code: 'invalid-grant' });
  });

  it('are ended by their person only', async () => {
    const tokens = await login();
    const other = await test.addUser('other@example.com', 'owner');
    expect(await test.core.sessions.revoke(tokens.sessionId, other.id, 'test', system)).toBe(false);
    expect(await works(tokens)).toEqual([true, true]);
    expect(await test.core.sessions.revoke(tokens.sessionId, test.owner.id, 'test', system)).toBe(true);
    expect(await test.core.sessions.revoke(tokens.sessionId, test.owner.id, 'test', system)).toBe(true);
    expect(await works(tokens)).toEqual([false, false]);
    const events = await test.storage.audit.list({ action: 'session.revoke', limit: 10 });
    expect(events).toHaveLength(1);
  });

  it('end by a refresh token of the right client, also an old one', async () => {
    const tokens = await login();
    const next = await refresh(tokens.refreshToken);
    await test.core.sessions.revokeByRefreshToken(next.refreshToken, 'pixi', request());
    await test.core.sessions.revokeByRefreshToken('pkr_nonsense', 'pkgauth', request());
    expect(await works(next)).toEqual([true, true]);
    await test.core.sessions.revokeByRefreshToken(tokens.refreshToken, 'pkgauth', request());
    expect(await works(next)).toEqual([false, false]);
  });

  it('end by an access token that expired long ago, and by no forged one', async () => {
    const tokens = await login();
    await test.clock.advance(10 * 24 * 3600_000);
    expect(
      await test.core.sessions.revokeByAccessToken(`${tokens.accessToken.slice(0, -4)}AAAA`, request()),
    ).toBe(false);
    expect(await test.core.sessions.revokeByAccessToken(tokens.refreshToken, request())).toBe(false);
    await refresh(tokens.refreshToken);
    expect(await test.core.sessions.revokeByAccessToken(tokens.accessToken, request())).toBe(true);
    expect(await works(tokens)).toEqual([false, false]);
  });

  it('a token from a key ends alone: the key goes on', async () => {
    const owner = { kind: 'user', id: test.owner.id } as const;
    const { key } = await test.core.apiKeys.create(
      { owner, orgId: test.acme.id, name: 'ci', validityDays: 7 },
      system,
    );
    const { accessToken } = await test.core.apiKeys.exchange(`Bearer ${key}`, request());
    expect(await test.core.sessions.revokeByAccessToken(accessToken, request())).toBe(true);
    expect(await test.core.verifier.verify(`Bearer ${accessToken}`)).toMatchObject({ problem: 'revoked' });
    expect((await test.core.verifier.verify(`Bearer ${key}`)).ok).toBe(true);
  });

  it('OA15 revoke racing refresh: after the revocation was answered nothing of the family works', async () => {
    for (let round = 0; round < 100; round += 1) {
      const tokens = await login();
      const refreshes = Promise.allSettled([refresh(tokens.refreshToken), refresh(tokens.refreshToken)]);
      await test.core.sessions.revoke(tokens.sessionId, test.owner.id, 'race', system);
      expect(await works(tokens)).toEqual([false, false]);
      for (const outcome of await refreshes) {
        if (outcome.status === 'fulfilled') expect(await works(outcome.value)).toEqual([false, false]);
      }
    }
  });
});

describe('changes of an account', () => {
  it('a new password ends every login and every browser', async () => {
    const tokens = await login();
    const { secret } = await test.core.browserSessions.open(test.owner.id, undefined, request());
    await test.core.users.setPassword(test.owner.id, 'a new long password', system);
    expect(await works(tokens)).toEqual([false, false]);
    expect(await test.core.browserSessions.find(secret)).toBeUndefined();
    expect(await works(await login())).toEqual([true, true]);
  });

  it('AD05 removing a member ends its keys and its access, and nothing of the others', async () => {
    const leaver = await test.addUser('leaver@example.com', 'member');
    const owner = { kind: 'user', id: leaver.id } as const;
    const { key } = await test.core.apiKeys.create(
      { owner, orgId: test.acme.id, name: 'ci', validityDays: 7 },
      system,
    );
    const [mine, theirs] = [await login(leaver.id), await login()];
    expect(await test.core.members.remove(test.acme.id, leaver.id, system)).toBe('removed');
    expect(await test.core.verifier.verify(`Bearer ${key}`)).toMatchObject({ ok: false });
    expect(await test.core.verifier.verify(`Bearer ${mine.accessToken}`)).toMatchObject({
      principal: { roles: {} },
    });
    expect(await test.core.verifier.verify(`Bearer ${theirs.accessToken}`)).toMatchObject({
      principal: { roles: { acme: 'owner' } },
    });
    expect(await test.core.members.remove(test.acme.id, leaver.id, system)).toBe('missing');
  });

  it('AD07 the last owner stays', async () => {
    expect(await test.core.members.remove(test.acme.id, test.owner.id, system)).toBe('last-owner');
    expect(await test.core.members.put(test.acme.id, test.owner.id, 'member', system)).toBe('last-owner');
    const second = await test.addUser('second@example.com', 'owner');
    const both = await Promise.all([
      test.core.members.remove(test.acme.id, test.owner.id, system),
      test.core.members.remove(test.acme.id, second.id, system),
    ]);
    expect(both.toSorted()).toEqual(['last-owner', 'removed']);
  });
});
