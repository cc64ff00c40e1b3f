import { decodeJwtPayload, parseToken } from '@pkgauth/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTestCore, request, system, type TestCore } from '../core.fixture.ts';
import { type ValidityDays, validityDays } from '../model.ts';
import { StorageError } from '../ports/index.ts';
import { createApiKeys } from './api-keys.ts';

let test: TestCore;
beforeEach(async () => {
  test = await openTestCore();
});
afterEach(() => test.close());

const input = (change: object = {}) => ({
  owner: { kind: 'user', id: test.owner.id } as const,
  orgId: test.acme.id,
  name: 'ci',
  validityDays: 30 as ValidityDays,
  ...change,
});

describe('API keys', () => {
  it.each(validityDays)('AK04 are valid for %i days', async (days) => {
    const { apiKey, key } = await test.core.apiKeys.create(input({ validityDays: days }), system);
    expect(parseToken(key)).toEqual({ kind: 'api-key' });
    expect(apiKey.expiresAt - apiKey.createdAt).toBe(days * 24 * 3600_000);
  });

  it('AK04 other validities are refused', async () => {
    for (const days of [0, 1, 31, 366, -7, Number.NaN, '30', null]) {
      const create = test.core.apiKeys.create(input({ validityDays: days }), system);
      await expect(create).rejects.toMatchObject({ code: 'invalid-request' });
    }
  });

  it('AK01 are stored as a hash and shown once', async () => {
    const { apiKey, key } = await test.core.apiKeys.create(input(), system);
    expect(apiKey.secretHash).toBe(test.crypto.sha256(key));
    expect(JSON.stringify(await test.core.apiKeys.listOfOwner(test.owner.id))).not.toContain(key.slice(4));
    expect(JSON.stringify(await test.storage.audit.list({ limit: 10 }))).not.toContain(key.slice(4));
  });

  it.each(['', '   ', 'x'.repeat(101), 'a\nb', 'a\u001b[31m'])('refuse the name %j', async (name) => {
    await expect(test.core.apiKeys.create(input({ name }), system)).rejects.toMatchObject({
      code: 'invalid-request',
    });
  });

  it('AD03 belong to members: a stranger or a disabled member gets none', async () => {
    const stranger = await test.addUser('stranger@example.com');
    const owner = { kind: 'user', id: stranger.id } as const;
    await expect(test.core.apiKeys.create(input({ owner }), system)).rejects.toMatchObject({
      code: 'forbidden',
    });
    await test.core.users.disable(test.owner.id, system);
    await expect(test.core.apiKeys.create(input(), system)).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('AK07 another person can neither see nor revoke one, and the try is recorded', async () => {
    const { apiKey, key } = await test.core.apiKeys.create(input(), system);
    const other = await test.addUser('other@example.com', 'admin');
    expect(await test.core.apiKeys.listOfOwner(other.id)).toEqual([]);
    expect(await test.core.apiKeys.revoke(apiKey.id, other.id, system)).toBe(false);
    expect(await test.core.apiKeys.revoke('key_unknown', other.id, system)).toBe(false);
    expect((await test.core.verifier.verify(`Bearer ${key}`)).ok).toBe(true);
    expect((await test.storage.audit.list({ limit: 1 }))[0]).toMatchObject({
      action: 'api-key.revoke-refused',
    });
  });

  it('AK15 no key without its audit event', async () => {
    const { storage, crypto, clock, core } = test;
    const failing = {
      ...storage,
      transaction: <T>(work: (step: typeof storage) => Promise<T>) =>
        storage.transaction((step) =>
          work({
            ...step,
            audit: {
              ...step.audit,
              append: () => Promise.reject(new StorageError('unavailable', 'log is full')),
            },
          }),
        ),
    };
    const random = { bytes: (length: number) => new Uint8Array(length).fill(9) };
    const tokens = {
      forSession: () => ({ token: '', expiresAt: 0 }),
      forKey: () => ({ token: '', expiresAt: 0 }),
    };
    const keys = createApiKeys({
      storage: failing,
      crypto,
      clock,
      random,
      epoch: core.epoch,
      timers: clock,
      tokens,
    });
    await expect(keys.create(input(), system)).rejects.toMatchObject({ code: 'unavailable' });
    expect(await core.apiKeys.listOfOwner(test.owner.id)).toEqual([]);
  });

  it('AK08 what is exchanged for one says so, and counts as the key', async () => {
    const { apiKey, key } = await test.core.apiKeys.create(input(), system);
    const { accessToken, expiresIn } = await test.core.apiKeys.exchange(`Bearer ${key}`, request());
    expect(expiresIn).toBe(3600);
    expect(decodeJwtPayload(accessToken)).toMatchObject({
      sub: test.owner.id,
      client_id: 'api-key',
      'urn:pkgauth:key': apiKey.id,
      'urn:pkgauth:orgs': { acme: 'owner' },
      'urn:pyx:org_name': 'Acme Inc',
    });
    expect(await test.core.verifier.verify(`Bearer ${accessToken}`)).toMatchObject({
      principal: { credential: 'api-key' },
    });
    await expect(test.core.apiKeys.exchange(`Bearer ${accessToken}`, request())).rejects.toMatchObject({
      code: 'credential-malformed',
    });
  });

  it('AK14 a thousand uses are one write a minute, and losing it harms nobody', async () => {
    const { apiKey, key } = await test.core.apiKeys.create(input(), system);
    test.core.start();
    for (let use = 0; use < 1000; use += 1) await test.core.verifier.verify(`Bearer ${key}`);
    const lastUsed = async (): Promise<number | null | undefined> =>
      (await test.storage.apiKeys.get(apiKey.id))?.lastUsedAt;
    expect(await lastUsed()).toBeNull();
    const at = test.clock.now();
    await test.clock.advance(60_000);
    expect(await lastUsed()).toBe(at);
    test.core.stop();
  });
});
