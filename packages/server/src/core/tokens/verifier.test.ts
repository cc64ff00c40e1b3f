import { formatToken } from '@pkgauth/protocol';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createJws, createRandom } from '../../crypto/index.ts';
import { openTestCore, request, system, type TestCore } from '../core.fixture.ts';
import { createServices } from '../create-services.ts';
import { type Storage, StorageError, type Verified } from '../ports/index.ts';
import type { IssuedTokens } from '../services.ts';

let test: TestCore;
beforeEach(async () => {
  test = await openTestCore();
});
afterEach(() => test.close());

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const verify = async (header: string | undefined): Promise<Verified> => test.core.verifier.verify(header);
const problemOf = async (header: string | undefined): Promise<string> => {
  const verified = await verify(header);
  return verified.ok ? 'ok' : verified.problem;
};
const login = (userId = test.owner.id, scope = 'openid'): Promise<IssuedTokens> =>
  test.core.sessions.open({ userId, clientId: 'pkgauth', door: 'oauth', scope, request: request() });
const makeKey = async (userId = test.owner.id): Promise<{ id: string; key: string }> => {
  const input = {
    owner: { kind: 'user', id: userId },
    orgId: test.acme.id,
    name: 'ci',
    validityDays: 7,
  } as const;
  const { apiKey, key } = await test.core.apiKeys.create(input, system);
  return { id: apiKey.id, key };
};
const exchange = async (key: string): Promise<string> =>
  (await test.core.apiKeys.exchange(`Bearer ${key}`, request())).accessToken;

describe('access tokens', () => {
  it('stand for the person, with the roles they carry', async () => {
    const { accessToken, sessionId } = await login();
    expect(test.core.verifier.verify(`Bearer ${accessToken}`)).toEqual({
      ok: true,
      principal: {
        kind: 'user',
        userId: test.owner.id,
        credential: 'access-token',
        roles: { acme: 'owner' },
        onlyOrganization: null,
        credentialId: sessionId,
      },
      expiresAt: test.clock.now() + 3_660_000,
    });
  });

  it('are answered at once when they are warm, and also when the storage is gone', async () => {
    const { accessToken } = await login();
    await verify(`Bearer ${accessToken}`);
    await test.storage.close();
    expect(test.core.verifier.verify(`Bearer ${accessToken}`)).toMatchObject({ ok: true });
    test.storage.close = async () => {};
  });

  it.each([
    [3_659_999, 'ok'],
    [3_660_000, 'expired'],
    [3_661_000, 'expired'],
  ])('OA27 %i ms after it was issued: %s', async (age, outcome) => {
    const cold = await login();
    const warm = await login();
    await verify(`Bearer ${warm.accessToken}`);
    test.clock.set(test.clock.now() + age);
    expect(await problemOf(`Bearer ${cold.accessToken}`)).toBe(outcome);
    expect(await problemOf(`Bearer ${warm.accessToken}`)).toBe(outcome);
  });

  it.each([
    [60_000, 'ok'],
    [61_000, 'unknown'],
  ])('OA27 issued %i ms in the future: %s', async (ahead, outcome) => {
    const { accessToken } = await login();
    test.clock.set(test.clock.now() - ahead);
    expect(await problemOf(`Bearer ${accessToken}`)).toBe(outcome);
  });

  it('OA26 an id token, another issuer, another or a second audience, and a missing exp are refused', async () => {
    const { signingKeys } = test.core;
    const now = Math.floor(test.clock.now() / 1000);
    const good = {
      iss: 'https://auth.example.com',
      aud: 'https://auth.example.com',
      sub: test.owner.id,
      client_id: 'pkgauth',
      scope: '',
      jti: 'jti_1',
      sid: 'ses_1',
      iat: now,
      exp: now + 60,
      'urn:pkgauth:orgs': { acme: 'owner' },
    };
    const outcome = (change: object): Promise<string> =>
      problemOf(`Bearer ${signingKeys.sign({ ...good, ...change })}`);
    expect(await outcome({})).toBe('ok');
    expect(await outcome({ iss: 'https://other.example.com' })).toBe('unknown');
    expect(await outcome({ aud: 'https://other.example.com' })).toBe('unknown');
    expect(await outcome({ aud: ['https://auth.example.com', 'https://other.example.com'] })).toBe('unknown');
    expect(await outcome({ exp: undefined })).toBe('unknown');
    expect(await outcome({ jti: undefined })).toBe('unknown');
    expect(await outcome({ scope: undefined, aud: 'pkgauth', nonce: 'x' })).toBe('unknown');
  });

  it('AK05 are dead on the next request after a revocation, warm or cold', async () => {
    const [warm, cold, bystander] = [await login(), await login(), await login()];
    await verify(`Bearer ${warm.accessToken}`);
    await test.core.sessions.revoke(warm.sessionId, test.owner.id, 'test', system);
    await test.core.sessions.revoke(cold.sessionId, test.owner.id, 'test', system);
    expect(await problemOf(`Bearer ${warm.accessToken}`)).toBe('revoked');
    expect(await problemOf(`Bearer ${cold.accessToken}`)).toBe('revoked');
    expect(await problemOf(`Bearer ${bystander.accessToken}`)).toBe('ok');
  });

  it('follow a change of roles at once, and do so from memory afterwards', async () => {
    const user = await test.addUser('m@example.com', 'member');
    await test.clock.advance(1000);
    const { accessToken } = await login(user.id);
    expect(await verify(`Bearer ${accessToken}`)).toMatchObject({ principal: { roles: { acme: 'member' } } });
    await test.core.members.put(test.acme.id, user.id, 'admin', system);
    expect(await verify(`Bearer ${accessToken}`)).toMatchObject({ principal: { roles: { acme: 'admin' } } });
    expect(test.core.verifier.verify(`Bearer ${accessToken}`)).toMatchObject({ ok: true });
    await test.core.members.remove(test.acme.id, user.id, system);
    expect(await verify(`Bearer ${accessToken}`)).toMatchObject({ ok: true, principal: { roles: {} } });
    await test.core.users.disable(user.id, system);
    expect(await problemOf(`Bearer ${accessToken}`)).toBe('revoked');
  });

  it('of somebody in more organizations than fit are looked up', async () => {
    for (let index = 0; index < 31; index += 1) {
      const slug = `org-${index}`;
      const organization = { id: `org_${index}`, slug, title: slug, createdAt: 0, suspendedAt: null };
      await test.storage.organizations.insert(organization);
      await test.core.members.put(organization.id, test.owner.id, 'member', system);
    }
    await test.clock.advance(1000);
    const { accessToken } = await login();
    expect(accessToken.length).toBeLessThan(1000);
    const verified = await verify(`Bearer ${accessToken}`);
    expect(
      verified.ok && verified.principal.kind === 'user' && Object.keys(verified.principal.roles),
    ).toHaveLength(32);
  });

  it('of a login that asked for reading only do not allow more', async () => {
    const { accessToken } = await login(test.owner.id, 'openid channel:read');
    expect(await verify(`Bearer ${accessToken}`)).toMatchObject({ principal: { readOnly: true } });
    const both = await login(test.owner.id, 'channel:read channel:upload');
    expect(await verify(`Bearer ${both.accessToken}`)).not.toHaveProperty('principal.readOnly');
  });
});

describe('API keys', () => {
  it('AK10 the matrix of places', async () => {
    const { key } = await makeKey();
    const token = await exchange(key);
    const { accessToken } = await login();
    const table: [string, string][] = [
      [`Bearer ${key}`, 'ok'],
      [`bearer ${key}`, 'ok'],
      [basic('__token__', key), 'ok'],
      [basic(key, ''), 'ok'],
      [`Bearer ${token}`, 'ok'],
      [basic('__token__', token), 'ok'],
      [basic('__token__', accessToken), 'ok'],
      [basic(key, 'x'), 'malformed'],
      [basic(key, key), 'malformed'],
      [basic('owner@example.com', key), 'malformed'],
      [basic('', key), 'malformed'],
      [basic('user', key), 'malformed'],
      [basic('__TOKEN__', key), 'malformed'],
      [basic(accessToken, ''), 'malformed'],
      [basic('__token__', ''), 'malformed'],
      [`Token ${key}`, 'malformed'],
      [key, 'malformed'],
    ];
    for (const [header, outcome] of table)
      expect([header.slice(0, 9), await problemOf(header)]).toEqual([header.slice(0, 9), outcome]);
  });

  it('stand for their owner in their organization only', async () => {
    const { id, key } = await makeKey();
    const expected = {
      kind: 'user',
      userId: test.owner.id,
      credential: 'api-key',
      roles: { acme: 'owner' },
      onlyOrganization: 'acme',
      credentialId: id,
    };
    expect(await verify(`Bearer ${key}`)).toMatchObject({ ok: true, principal: expected });
    expect(await verify(`Bearer ${await exchange(key)}`)).toMatchObject({ ok: true, principal: expected });
  });

  it('of a service account read the views that were granted', async () => {
    const account = { id: 'sva_1', orgId: test.acme.id, name: 'robot', createdAt: 0, disabledAt: null };
    await test.storage.serviceAccounts.insert(account);
    const view = {
      id: 'viw_1',
      orgId: test.acme.id,
      name: 'main',
      public: false,
      isDefault: true,
      registryIds: [],
      createdAt: 0,
    };
    await test.storage.registries.insertView(view);
    const grant = {
      orgId: test.acme.id,
      viewId: 'viw_1',
      granteeKind: 'service-account',
      granteeId: 'sva_1',
    } as const;
    await test.storage.registries.putGrant(grant);
    const owner = { kind: 'service-account', id: 'sva_1' } as const;
    const { key } = await test.core.apiKeys.create(
      { owner, orgId: test.acme.id, name: 'r', validityDays: 30 },
      system,
    );
    const expected = {
      kind: 'service-account',
      serviceAccountId: 'sva_1',
      organization: 'acme',
      views: ['main'],
    };
    expect(await verify(`Bearer ${key}`)).toMatchObject({ ok: true, principal: expected });
    expect(await verify(`Bearer ${await exchange(key)}`)).toMatchObject({ ok: true, principal: expected });
    await test.storage.serviceAccounts.disable('sva_1', test.clock.now());
    await test.storage.revocations.bump();
    await test.core.epoch.refresh();
    expect(await problemOf(`Bearer ${key}`)).toBe('disabled');
  });

  it('AK02 a mistyped, cut, extended or re-cased key is refused without asking the storage', async () => {
    const { key } = await makeKey();
    await test.storage.close();
    test.storage.close = async () => {};
    for (const wrong of [
      key.slice(0, -1),
      `${key}a`,
      key.toUpperCase(),
      key.replace(/.$/, key.endsWith('a') ? 'b' : 'a'),
    ]) {
      expect(await problemOf(`Bearer ${wrong}`)).toBe('malformed');
    }
  });

  it('AK04 end at their exact moment, and what was exchanged for them no later', async () => {
    const { key } = await makeKey();
    const week = 7 * 24 * 3600_000;
    await test.clock.advance(week - 30 * 60_000);
    const token = await exchange(key);
    await test.clock.advance(30 * 60_000 - 1);
    expect([await problemOf(`Bearer ${key}`), await problemOf(`Bearer ${token}`)]).toEqual(['ok', 'ok']);
    await test.clock.advance(1);
    expect([await problemOf(`Bearer ${key}`), await problemOf(`Bearer ${token}`)]).toEqual([
      'expired',
      'expired',
    ]);
    await expect(exchange(key)).rejects.toMatchObject({ code: 'credential-expired' });
  });

  it('AK05 are refused on the next request after a revocation, and so is what was exchanged for them', async () => {
    const { id, key } = await makeKey();
    const token = await exchange(key);
    expect([await problemOf(`Bearer ${key}`), await problemOf(`Bearer ${token}`)]).toEqual(['ok', 'ok']);
    expect(await test.core.apiKeys.revoke(id, test.owner.id, system)).toBe(true);
    expect([await problemOf(`Bearer ${key}`), await problemOf(`Bearer ${token}`)]).toEqual([
      'revoked',
      'revoked',
    ]);
    await expect(exchange(key)).rejects.toMatchObject({ code: 'credential-revoked' });
  });

  it('AK05 another process notices within its next look, both ways', async () => {
    const { crypto, clock, storage } = test;
    const node = createServices({
      storage,
      crypto,
      clock,
      timers: clock,
      jws: createJws(),
      random: createRandom(),
      issuer: 'https://auth.example.com',
      refreshGrace: 0,
    });
    await node.load();
    node.start();
    const { id, key } = await makeKey();
    const { accessToken, sessionId } = await login();
    expect(await node.verifier.verify(`Bearer ${key}`)).toMatchObject({ ok: true });
    expect(await node.verifier.verify(`Bearer ${accessToken}`)).toMatchObject({ ok: true });
    await test.core.apiKeys.revoke(id, test.owner.id, system);
    await test.core.sessions.revoke(sessionId, test.owner.id, 'test', system);
    await clock.advance(500);
    expect(await node.verifier.verify(`Bearer ${key}`)).toMatchObject({ ok: false, problem: 'revoked' });
    expect(await node.verifier.verify(`Bearer ${accessToken}`)).toMatchObject({
      ok: false,
      problem: 'revoked',
    });
    node.stop();
  });

  it('OA19 are refused while their owner is disabled or after it left, and good again when it is back', async () => {
    const user = await test.addUser('m@example.com', 'member');
    const { key } = await makeKey(user.id);
    await test.clock.advance(1000);
    const token = await exchange(key);
    await test.core.users.disable(user.id, system);
    expect([await problemOf(`Bearer ${key}`), await problemOf(`Bearer ${token}`)]).toEqual([
      'disabled',
      'revoked',
    ]);
    await expect(exchange(key)).rejects.toMatchObject({ code: 'credential-revoked' });
    await test.core.users.enable(user.id, system);
    await test.clock.advance(1000);
    expect([await problemOf(`Bearer ${key}`), await problemOf(`Bearer ${await exchange(key)}`)]).toEqual([
      'ok',
      'ok',
    ]);
    await test.core.members.remove(test.acme.id, user.id, system);
    expect(await problemOf(`Bearer ${key}`)).toBe('revoked');
  });

  it('unknown ones are asked for once, and an outage is not taken for an answer', async () => {
    const unknown = `Bearer ${formatToken('api-key', new Uint8Array(32).fill(3))}`;
    let asked = 0;
    let down = false;
    const find = test.storage.apiKeys.findBySecretHash;
    const keys = {
      ...test.storage.apiKeys,
      findBySecretHash: async (hash: string) => {
        asked += 1;
        if (down) throw new StorageError('unavailable', 'down');
        return find(hash);
      },
    };
    const storage: Storage = { ...test.storage, apiKeys: keys };
    const { crypto, clock } = test;
    const node = createServices({
      storage,
      crypto,
      clock,
      timers: clock,
      jws: createJws(),
      random: createRandom(),
      issuer: 'https://auth.example.com',
      refreshGrace: 0,
    });
    await node.load();
    await Promise.all(Array.from({ length: 20 }, async () => node.verifier.verify(unknown)));
    expect(await node.verifier.verify(unknown)).toMatchObject({ problem: 'unknown' });
    expect(asked).toBe(1);
    await clock.advance(60_000);
    down = true;
    await expect(async () => node.verifier.verify(unknown)).rejects.toMatchObject({ code: 'unavailable' });
    down = false;
    expect(await node.verifier.verify(unknown)).toMatchObject({ problem: 'unknown' });
  });
});

describe('headers', () => {
  it.each([
    'Basic',
    'Basic ',
    'Basic !!!!',
    'Basic YWJj',
    'Basic YTpi=',
    'Bearer',
    'Bearer ',
    'Bearer a.b',
    'Bearer  a.b.c',
    'Bearer\ta.b.c',
    'Bearer a.b.c, Bearer d.e.f',
    'Digest x',
    `Bearer ${'a'.repeat(65_536)}`,
  ])('OA33 %s is refused', async (header) => {
    expect(await problemOf(header)).toBe('malformed');
  });

  it('OA33 without one it is missing', async () => expect(await problemOf(undefined)).toBe('missing'));

  it('OA33 arbitrary text is refused and never throws', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('', 'Bearer ', 'Basic '),
        fc.string({ unit: 'binary' }),
        async (scheme, text) => {
          expect((await verify(scheme + text)).ok).toBe(false);
        },
      ),
    );
  });

  it('OA33 arbitrary Basic pairs are refused and never throw', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.string(), async (user, password) => {
        expect((await verify(basic(user, password))).ok).toBe(false);
      }),
    );
  });
});
