import { afterEach, describe, expect, it } from 'vitest';
import { createCrypto, createJws, createRandom } from '../crypto/index.ts';
import { openTestCore, request, system, type TestCore } from './core.fixture.ts';
import { createServices } from './create-services.ts';
import { publicationTime } from './signing-keys.ts';

let test: TestCore;
afterEach(() => test.close());

const login = async (): Promise<string> =>
  (
    await test.core.sessions.open({
      userId: test.owner.id,
      clientId: 'pkgauth',
      door: 'oauth',
      scope: '',
      request: request(),
    })
  ).accessToken;
const isGood = async (token: string, core = test.core): Promise<boolean> =>
  (await core.verifier.verify(`Bearer ${token}`)).ok;
const kidOf = (token: string): unknown =>
  JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid;
const node = (secret = test.crypto) =>
  createServices({
    storage: test.storage,
    crypto: secret,
    jws: createJws(),
    clock: test.clock,
    random: createRandom(),
    timers: test.clock,
    issuer: 'https://auth.example.com',
    refreshGrace: 0,
  });

describe('signing keys', () => {
  it('are made at the first start, one of each algorithm, and kept', async () => {
    test = await openTestCore();
    const first = test.core.signingKeys.published();
    expect(first.map((key) => key.algorithm).toSorted()).toEqual(['ES256', 'RS256']);
    const second = node();
    await second.load();
    expect(second.signingKeys.published()).toEqual(first);
  });

  it('two processes that start at once end up with the same active key', async () => {
    test = await openTestCore();
    for (const { kid } of test.core.signingKeys.published()) await test.storage.signingKeys.retire(kid, 0);
    await test.storage.revocations.bump();
    const [one, two] = [node(), node()];
    await Promise.all([one.load(), two.load()]);
    await Promise.all([one.epoch.refresh(), two.epoch.refresh()]);
    await test.clock.advance(0);
    expect(one.signingKeys.activePrivateJwks()).toEqual(two.signingKeys.activePrivateJwks());
  });

  it('PS09 another secret is refused at start, and nothing is made anew', async () => {
    test = await openTestCore();
    const before = await test.storage.signingKeys.listPublished(test.clock.now());
    const wrong = node(createCrypto(new Uint8Array(32).fill(1)));
    await expect(wrong.load()).rejects.toMatchObject({ name: 'StartupError', code: 'secret-wrong' });
    expect(await test.storage.signingKeys.listPublished(test.clock.now())).toEqual(before);
  });

  it('OA28 rotate without a failed check: published first, then signing, then gone', async () => {
    test = await openTestCore();
    const other = node();
    await other.load();
    other.start();
    const before = await login();
    await test.core.signingKeys.rotate(system);
    await test.clock.advance(500);
    expect(test.core.signingKeys.published()).toHaveLength(4);
    expect(other.signingKeys.published()).toHaveLength(4);
    await test.clock.advance(publicationTime - 1_000);
    expect(kidOf(await login())).toBe(kidOf(before));
    await test.clock.advance(1_000);
    const after = await login();
    expect(kidOf(after)).not.toBe(kidOf(before));
    for (const token of [before, after])
      expect([await isGood(token), await isGood(token, other)]).toEqual([true, true]);
    await test.clock.advance(61 * 60_000);
    expect(test.core.signingKeys.published()).toHaveLength(4);
    await test.clock.advance(2 * 60_000);
    expect(test.core.signingKeys.published()).toHaveLength(2);
    expect(kidOf(await login())).toBe(kidOf(after));
    other.stop();
  });

  it('OA28 rotate by themselves after ninety days', async () => {
    test = await openTestCore();
    test.core.start();
    await test.clock.advance(90 * 24 * 3600_000 - 10_000);
    expect(test.core.signingKeys.published()).toHaveLength(2);
    await test.clock.advance(3600_000);
    expect(test.core.signingKeys.published()).toHaveLength(4);
    await test.clock.advance(3600_000);
    expect(test.core.signingKeys.published()).toHaveLength(4);
    test.core.stop();
  });

  it('OA28 withdrawing a key kills its tokens at once, and the service goes on with another', async () => {
    test = await openTestCore();
    const token = await login();
    expect(await isGood(token)).toBe(true);
    await test.core.signingKeys.withdraw(String(kidOf(token)), system);
    expect(await isGood(token)).toBe(false);
    expect(await isGood(await login())).toBe(true);
    const events = await test.storage.audit.list({ limit: 10, action: 'signing-key.retire' });
    expect(events).toHaveLength(1);
  });
});
