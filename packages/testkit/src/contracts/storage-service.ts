import { expect, it } from 'vitest';
import { expectStorageError, type OpenStorageUnderTest, useStorage } from './storage-fixture.ts';
import {
  browserSession,
  day,
  fresh,
  loginSession,
  minute,
  oidcArtifact,
  oneTimeLink,
  pyxLogin,
  refreshToken,
  signingKey,
  start,
  storedSession,
  storedUser,
} from './storage-samples.ts';

export function serviceContract(open: OpenStorageUnderTest): void {
  const test = useStorage(open);
  signingKeys(test);
  revocations(test);
  sweeps(test);
  it('answers a ping', async () => {
    await expect(test.storage.ping()).resolves.toBeUndefined();
  });
}

type Test = ReturnType<typeof useStorage>;

function signingKeys(test: Test): void {
  it('OA28 publishes signing keys until they are retired', async () => {
    const { signingKeys } = test.storage;
    const [older, newer] = [signingKey(), signingKey({ algorithm: 'RS256', createdAt: start + 1 })];
    await signingKeys.insert(newer);
    await signingKeys.insert(older);
    expect(await signingKeys.listPublished(start)).toEqual([older, newer]);
    await signingKeys.retire(older.kid, start + day);
    expect(await signingKeys.listPublished(start + day - 1)).toHaveLength(2);
    expect(await signingKeys.listPublished(start + day)).toEqual([newer]);
    await expectStorageError(signingKeys.insert(signingKey({ kid: newer.kid })), 'conflict');
    await expectStorageError(signingKeys.retire(fresh('kid'), start), 'not-found');
  });
}

function revocations(test: Test): void {
  it('raises a revocation, never lowers it, and moves the epoch each time', async () => {
    const { revocations } = test.storage;
    const subject = `user:${fresh('usr')}`;
    const before = await revocations.epoch();
    await revocations.add([{ subject, notBefore: start + 5, expiresAt: start + 50 }]);
    await revocations.add([{ subject, notBefore: start + 1, expiresAt: start + 90 }]);
    expect(await revocations.list(start)).toEqual([{ subject, notBefore: start + 5, expiresAt: start + 90 }]);
    expect(await revocations.list(start + 90)).toEqual([]);
    expect(await revocations.epoch()).toBe(before + 2);
    await revocations.bump();
    expect(await revocations.epoch()).toBe(before + 3);
    expect(await test.database.other.revocations.epoch()).toBe(before + 3);
  });

  it('takes several revocations at once, the same subject twice among them', async () => {
    const { revocations } = test.storage;
    const subject = `session:${fresh('ses')}`;
    const other = `token:${fresh('jti')}`;
    const before = await revocations.epoch();
    await revocations.add([
      { subject, notBefore: start + 2, expiresAt: start + 30 },
      { subject: other, notBefore: start, expiresAt: start + 40 },
      { subject, notBefore: start + 1, expiresAt: start + 35 },
    ]);
    const listed = await revocations.list(start);
    expect(listed).toContainEqual({ subject, notBefore: start + 2, expiresAt: start + 35 });
    expect(listed).toContainEqual({ subject: other, notBefore: start, expiresAt: start + 40 });
    expect(await revocations.epoch()).toBe(before + 1);
  });
}

function sweeps(test: Test): void {
  it('PS14 deletes what is over, in batches, and nothing else', async () => {
    const { storage } = test;
    const owner = await storedUser(storage);
    const long = Date.UTC(1999, 0, 1);
    const over = { createdAt: long, expiresAt: long + minute };
    const kept = browserSession(owner.id);
    await storage.browserSessions.insert(kept);
    for (let count = 0; count < 3; count++) {
      await storage.browserSessions.insert(browserSession(owner.id, over));
      await storage.pyxLogins.open(pyxLogin(over));
      await storage.oneTimeLinks.insert(oneTimeLink(owner.id, over));
      await storage.oidcArtifacts.put(oidcArtifact({ expiresAt: long + minute }));
      await storage.trustedAccess.claimReplayKey('iss', fresh('jti'), long + minute);
    }
    const everlasting = oidcArtifact({ expiresAt: null });
    await storage.oidcArtifacts.put(everlasting);
    expect(await storage.sweep(long + minute, 100)).toBe(0);
    expect(await storage.sweep(long + minute + 1, 2)).toBe(10);
    expect(await storage.sweep(long + minute + 1, 2)).toBe(5);
    expect(await storage.sweep(long + minute + 1, 2)).toBe(0);
    expect(await storage.browserSessions.listOfUser(owner.id)).toEqual([kept]);
    expect(await storage.oidcArtifacts.get(everlasting.model, everlasting.id)).toEqual(everlasting);
  });

  it('keeps a replay key as long as it says', async () => {
    const { storage } = test;
    const [issuer, jti, long] = [fresh('iss'), fresh('jti'), Date.UTC(2000, 0, 1)];
    await storage.trustedAccess.claimReplayKey(issuer, jti, long);
    await storage.sweep(long, 1000);
    expect(await storage.trustedAccess.claimReplayKey(issuer, jti, long)).toBe(false);
    await storage.sweep(long + 1, 1000);
    expect(await storage.trustedAccess.claimReplayKey(issuer, jti, long)).toBe(true);
  });

  it('drops login sessions with their tokens 30 days after they ended', async () => {
    const { storage } = test;
    const owner = await storedUser(storage);
    const end = Date.UTC(2001, 0, 1);
    const ended = [
      loginSession(owner.id, { expiresAt: end }),
      loginSession(owner.id, { idleExpiresAt: end }),
      loginSession(owner.id, { revokedAt: end, revokedReason: 'logout' }),
    ];
    const tokens = ended.map((session) => refreshToken(session.id));
    for (const [index, session] of ended.entries()) {
      await storage.loginSessions.open(session, tokens[index] ?? refreshToken(session.id));
    }
    const alive = await storedSession(storage);
    await storage.sweep(end + 30 * day, 100);
    expect(await storage.loginSessions.listOfUser(owner.id)).toHaveLength(3);
    await storage.sweep(end + 30 * day + 1, 100);
    expect(await storage.loginSessions.listOfUser(owner.id)).toEqual([]);
    for (const { hash } of tokens) expect(await storage.loginSessions.findToken(hash)).toBeUndefined();
    expect(await storage.loginSessions.get(alive.session.id)).toEqual(alive.session);
  });

  it('OA12 keeps a sealed successor while it is unused, then drops it, and 30 days later its ancestor', async () => {
    const { storage } = test;
    const { session, first } = await storedSession(storage);
    const at = Date.UTC(2002, 0, 1);
    const second = refreshToken(session.id, { createdAt: at });
    await storage.loginSessions.rotate(first.hash, second, 'sealed', { ...session, lastUsedAt: at });
    await storage.sweep(at + 60 * day, 100);
    expect(await storage.loginSessions.findToken(first.hash)).toMatchObject({ sealedSuccessor: 'sealed' });
    await storage.loginSessions.markUsed(second.hash, at + 1);
    await storage.sweep(at + 5 * minute, 100);
    expect(await storage.loginSessions.findToken(first.hash)).toMatchObject({ sealedSuccessor: 'sealed' });
    await storage.sweep(at + 5 * minute + 1, 100);
    expect(await storage.loginSessions.findToken(first.hash)).toMatchObject({
      sealedSuccessor: null,
      successorHash: second.hash,
      rotatedAt: at,
    });
    await storage.sweep(at + 30 * day + 1, 100);
    expect(await storage.loginSessions.findToken(first.hash)).toBeUndefined();
    expect(await storage.loginSessions.findToken(second.hash)).toMatchObject({ rotatedAt: null });
  });

  it('forgets revocations and retired keys that can matter no more', async () => {
    const { storage } = test;
    const end = Date.UTC(2003, 0, 1);
    const gone = signingKey({ retiredAt: end });
    await storage.signingKeys.insert(gone);
    await storage.revocations.add([{ subject: `user:${fresh('usr')}`, notBefore: end, expiresAt: end }]);
    expect(await storage.sweep(end, 100)).toBe(0);
    expect(await storage.sweep(end + 1, 100)).toBe(2);
    await expectStorageError(storage.signingKeys.retire(gone.kid, end), 'not-found');
  });
}
