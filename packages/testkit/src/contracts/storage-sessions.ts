import type { RefreshToken, Storage } from '@pkgauth/server/storage';
import { expect, it } from 'vitest';
import { expectStorageError, type OpenStorageUnderTest, useStorage } from './storage-fixture.ts';
import {
  browserSession,
  day,
  fresh,
  freshHash,
  loginSession,
  refreshToken,
  start,
  storedSession,
  storedUser,
} from './storage-samples.ts';

export function sessionContract(open: OpenStorageUnderTest): void {
  const test = useStorage(open);
  browserSessions(test);
  loginSessions(test);
  rotation(test);
}

type Test = ReturnType<typeof useStorage>;

const times = { lastUsedAt: start + 10, idleExpiresAt: start + 31 * day };

function browserSessions(test: Test): void {
  it('keeps a browser session, found by the hash of its secret', async () => {
    const { browserSessions } = test.storage;
    const owner = await storedUser(test.storage);
    const session = browserSession(owner.id);
    await browserSessions.insert(session);
    expect(await browserSessions.findBySecretHash(session.secretHash)).toEqual(session);
    expect(await browserSessions.findBySecretHash(session.id)).toBeUndefined();
    await expectStorageError(
      browserSessions.insert(browserSession(owner.id, { id: session.id })),
      'conflict',
    );
    await expectStorageError(
      browserSessions.insert(browserSession(owner.id, { secretHash: session.secretHash })),
      'conflict',
    );
    await expectStorageError(browserSessions.insert(browserSession(fresh('usr'))), 'not-found');
  });

  it('notes when a browser session was seen; not of one that has ended', async () => {
    const { browserSessions } = test.storage;
    const session = browserSession((await storedUser(test.storage)).id);
    await browserSessions.insert(session);
    await browserSessions.touch(session.id, start + 7);
    expect(await browserSessions.findBySecretHash(session.secretHash)).toEqual({
      ...session,
      lastSeenAt: start + 7,
    });
    await browserSessions.delete(session.id);
    await browserSessions.delete(session.id);
    expect(await browserSessions.findBySecretHash(session.secretHash)).toBeUndefined();
    await expectStorageError(browserSessions.touch(session.id, start + 8), 'not-found');
  });

  it('AD05 ends all browser sessions of a user and of nobody else', async () => {
    const { browserSessions } = test.storage;
    const [ada, eve] = [await storedUser(test.storage), await storedUser(test.storage)];
    for (const userId of [ada.id, ada.id, eve.id]) await browserSessions.insert(browserSession(userId));
    expect(await browserSessions.listOfUser(ada.id)).toHaveLength(2);
    expect(await browserSessions.deleteOfUser(ada.id)).toBe(2);
    expect(await browserSessions.deleteOfUser(ada.id)).toBe(0);
    expect(await browserSessions.listOfUser(ada.id)).toEqual([]);
    expect(await browserSessions.listOfUser(eve.id)).toHaveLength(1);
  });
}

function loginSessions(test: Test): void {
  it('opens a session with its first token, or neither', async () => {
    const { loginSessions } = test.storage;
    const { session, first, owner } = await storedSession(test.storage);
    expect(await loginSessions.get(session.id)).toEqual(session);
    expect(await loginSessions.findToken(first.hash)).toEqual(first);
    expect(await loginSessions.listOfUser(owner.id)).toEqual([session]);
    expect(await loginSessions.get(fresh('ses'))).toBeUndefined();
    expect(await loginSessions.findToken(freshHash())).toBeUndefined();
    const second = loginSession(owner.id);
    const taken = refreshToken(second.id, { hash: first.hash });
    await expectStorageError(loginSessions.open(second, taken), 'conflict');
    expect(await loginSessions.get(second.id)).toBeUndefined();
    await expectStorageError(loginSessions.open(session, refreshToken(session.id)), 'conflict');
    const orphan = loginSession(fresh('usr'));
    await expectStorageError(loginSessions.open(orphan, refreshToken(orphan.id)), 'not-found');
  });

  it('ends a session once, with its reason', async () => {
    const { loginSessions } = test.storage;
    const { session } = await storedSession(test.storage);
    expect(await loginSessions.revoke(session.id, start + 1, 'logout')).toBe(true);
    expect(await loginSessions.revoke(session.id, start + 2, 'reuse')).toBe(false);
    expect(await loginSessions.revoke(fresh('ses'), start + 2, 'reuse')).toBe(false);
    const ended = { ...session, revokedAt: start + 1, revokedReason: 'logout' };
    expect(await loginSessions.get(session.id)).toEqual(ended);
  });

  it('AD05 ends the living sessions of a user and names them', async () => {
    const { loginSessions } = test.storage;
    const owner = await storedUser(test.storage);
    const sessions = [loginSession(owner.id), loginSession(owner.id), loginSession(owner.id)] as const;
    for (const session of sessions) await loginSessions.open(session, refreshToken(session.id));
    const other = await storedSession(test.storage);
    await loginSessions.revoke(sessions[1].id, start, 'logout');
    const ended = await loginSessions.revokeOfUser(owner.id, start + 1, 'disabled');
    expect(ended.toSorted()).toEqual([sessions[0].id, sessions[2].id].toSorted());
    expect(await loginSessions.revokeOfUser(owner.id, start + 2, 'again')).toEqual([]);
    expect(await loginSessions.get(sessions[1].id)).toMatchObject({ revokedReason: 'logout' });
    expect(await loginSessions.get(other.session.id)).toMatchObject({ revokedAt: null });
  });
}

/** The rotation that the tests below vary. */
function rotated(storage: Storage, token: RefreshToken, successor: RefreshToken) {
  return storage.loginSessions.rotate(token.hash, successor, 'sealed', times);
}

function rotation(test: Test): void {
  it('OA11 rotates the current token to its successor, once', async () => {
    const { loginSessions } = test.storage;
    const { session, first } = await storedSession(test.storage);
    const second = refreshToken(session.id, { generation: 2, createdAt: start + 10 });
    expect(await rotated(test.storage, first, second)).toBe('rotated');
    expect(await loginSessions.findToken(second.hash)).toEqual(second);
    expect(await loginSessions.findToken(first.hash)).toEqual({
      ...first,
      rotatedAt: start + 10,
      successorHash: second.hash,
      sealedSuccessor: 'sealed',
    });
    expect(await loginSessions.get(session.id)).toEqual({ ...session, ...times });
    const rival = refreshToken(session.id, { generation: 2 });
    expect(await rotated(test.storage, first, rival)).toBe('lost');
    expect(await loginSessions.findToken(rival.hash)).toBeUndefined();
    expect(await rotated(test.storage, second, refreshToken(session.id, { generation: 3 }))).toBe('rotated');
  });

  it('does not prolong a session for a lost rotation', async () => {
    const { loginSessions } = test.storage;
    const { session, first } = await storedSession(test.storage);
    await rotated(test.storage, first, refreshToken(session.id));
    const much = { lastUsedAt: start + 999, idleExpiresAt: start + 999 * day };
    expect(await loginSessions.rotate(first.hash, refreshToken(session.id), 'x', much)).toBe('lost');
    expect(await loginSessions.get(session.id)).toMatchObject(times);
  });

  it('OA15 rotates nothing in a session that was ended', async () => {
    const { loginSessions } = test.storage;
    const { session, first } = await storedSession(test.storage);
    await loginSessions.revoke(session.id, start, 'logout');
    const second = refreshToken(session.id);
    expect(await rotated(test.storage, first, second)).toBe('revoked');
    expect(await loginSessions.findToken(second.hash)).toBeUndefined();
    expect(await loginSessions.findToken(first.hash)).toEqual(first);
    expect(await loginSessions.get(session.id)).toMatchObject({ lastUsedAt: session.lastUsedAt });
  });

  it('answers "revoked" for an ancestor too, once its session was ended', async () => {
    const { session, first } = await storedSession(test.storage);
    await rotated(test.storage, first, refreshToken(session.id));
    await test.storage.loginSessions.revoke(session.id, start, 'logout');
    expect(await rotated(test.storage, first, refreshToken(session.id))).toBe('revoked');
  });

  it('rotates neither an unknown token nor one of another session', async () => {
    const [mine, theirs] = [await storedSession(test.storage), await storedSession(test.storage)];
    const unknown = refreshToken(mine.session.id);
    expect(await rotated(test.storage, unknown, refreshToken(mine.session.id))).toBe('lost');
    expect(await rotated(test.storage, theirs.first, refreshToken(mine.session.id))).toBe('lost');
    expect(await test.storage.loginSessions.findToken(theirs.first.hash)).toEqual(theirs.first);
    expect(await test.storage.loginSessions.get(mine.session.id)).toEqual(mine.session);
  });

  it('leaves the current token as it was when the successor exists already', async () => {
    const { loginSessions } = test.storage;
    const [mine, theirs] = [await storedSession(test.storage), await storedSession(test.storage)];
    const taken = refreshToken(mine.session.id, { hash: theirs.first.hash });
    await expectStorageError(rotated(test.storage, mine.first, taken), 'conflict');
    expect(await loginSessions.findToken(mine.first.hash)).toEqual(mine.first);
    expect(await loginSessions.get(mine.session.id)).toEqual(mine.session);
  });

  it('notes the first use of a token only', async () => {
    const { loginSessions } = test.storage;
    const { first } = await storedSession(test.storage);
    await loginSessions.markUsed(first.hash, start + 3);
    await loginSessions.markUsed(first.hash, start + 9);
    expect(await loginSessions.findToken(first.hash)).toEqual({ ...first, usedAt: start + 3 });
    await expectStorageError(loginSessions.markUsed(freshHash(), start), 'not-found');
  });
}
