import { expect, it } from 'vitest';
import { atOnce, expectStorageError, type OpenStorageUnderTest, useStorage } from './storage-fixture.ts';
import {
  auditEvent,
  fresh,
  loginSession,
  organization,
  refreshToken,
  start,
  storedOrganization,
  storedSession,
  storedUser,
  user,
} from './storage-samples.ts';

export function transactionContract(open: OpenStorageUnderTest): void {
  const test = useStorage(open);
  outcome(test);
  nesting(test);
  isolation(test);
}

type Test = ReturnType<typeof useStorage>;

function outcome(test: Test): void {
  it('keeps all changes of a transaction and answers its result', async () => {
    const [ada, org] = [user(), organization()];
    const result = await test.storage.transaction(async (storage) => {
      await storage.users.insert(ada);
      await storage.organizations.insert(org);
      await storage.organizations.members.put({
        orgId: org.id,
        userId: ada.id,
        role: 'owner',
        createdAt: start,
      });
      return 'done';
    });
    expect(result).toBe('done');
    expect(await test.database.other.organizations.members.get(org.id, ada.id)).toMatchObject({
      role: 'owner',
    });
  });

  it('AK15 keeps no change of a transaction that throws, and throws the same', async () => {
    const ada = user();
    const { session } = await storedSession(test.storage);
    const before = await test.storage.revocations.epoch();
    const failure = new Error('no');
    const work = test.storage.transaction(async (storage) => {
      await storage.users.insert(ada);
      await storage.loginSessions.revoke(session.id, start, 'logout');
      await storage.revocations.bump();
      await storage.audit.append(auditEvent());
      throw failure;
    });
    await expect(work).rejects.toBe(failure);
    expect(await test.storage.users.get(ada.id)).toBeUndefined();
    expect(await test.storage.loginSessions.get(session.id)).toMatchObject({ revokedAt: null });
    expect(await test.storage.revocations.epoch()).toBe(before);
    expect(await test.storage.audit.verify()).toBeUndefined();
    await test.storage.users.insert(ada);
  });

  it('goes on after a conflict that the transaction expects', async () => {
    const [ada, eve] = [await storedUser(test.storage), user()];
    await test.storage.transaction(async (storage) => {
      await expectStorageError(storage.users.insert(user({ email: ada.email })), 'conflict');
      await expectStorageError(storage.users.update(fresh('usr'), { name: 'x' }), 'not-found');
      await storage.users.insert(eve);
    });
    expect(await test.storage.users.get(eve.id)).toEqual(eve);
  });

  it('keeps nothing when a statement failed, even if nobody took notice', async () => {
    const ada = user();
    const work = test.storage.transaction(async (storage) => {
      await storage.users.insert(ada);
      const stray = { provider: 'x', subject: fresh('sub'), userId: fresh('usr'), email: null };
      await storage.users.linkIdentity({ ...stray, createdAt: start, lastUsedAt: null }).catch(() => {});
    });
    await expectStorageError(work, 'not-found');
    expect(await test.storage.users.get(ada.id)).toBeUndefined();
  });

  it('keeps nothing when a method of several steps failed half-way, even if nobody took notice', async () => {
    const { first, owner } = await storedSession(test.storage);
    const ada = user();
    const session = loginSession(owner.id);
    const work = test.storage.transaction(async (storage) => {
      await storage.users.insert(ada);
      const taken = refreshToken(session.id, { hash: first.hash });
      await storage.loginSessions.open(session, taken).catch(() => {});
    });
    await expectStorageError(work, 'conflict');
    expect(await test.storage.users.get(ada.id)).toBeUndefined();
    expect(await test.storage.loginSessions.get(session.id)).toBeUndefined();
  });

  it('cannot be used when it is over, nor close the storage while it runs', async () => {
    const ada = user();
    const inner = await test.storage.transaction(async (storage) => {
      await expect(storage.close()).rejects.toThrow(TypeError);
      await storage.ping();
      return storage;
    });
    await expect(inner.users.insert(ada)).rejects.toThrow();
    expect(await test.storage.users.get(ada.id)).toBeUndefined();
  });
}

function nesting(test: Test): void {
  it('joins nested transactions, of either storage, to the outer one', async () => {
    const [ada, eve, bob] = [user(), user(), user()];
    const failure = new Error('no');
    const work = test.storage.transaction(async (storage) => {
      await storage.transaction((nested) => nested.users.insert(ada));
      await test.storage.transaction((nested) => nested.users.insert(eve));
      await test.storage.users.insert(bob);
      expect(await storage.users.get(eve.id)).toEqual(eve);
      expect(await storage.users.get(bob.id)).toEqual(bob);
      throw failure;
    });
    await expect(work).rejects.toBe(failure);
    for (const { id } of [ada, eve, bob]) expect(await test.storage.users.get(id)).toBeUndefined();
  });

  it('rolls the outer transaction back when a nested one threw', async () => {
    const [ada, eve] = [user(), user()];
    const failure = new Error('no');
    const work = test.storage.transaction(async (storage) => {
      await storage.users.insert(ada);
      const nested = test.storage.transaction(async (inner) => {
        await inner.users.insert(eve);
        throw failure;
      });
      await nested.catch(() => {});
    });
    await expect(work).rejects.toBe(failure);
    for (const { id } of [ada, eve]) expect(await test.storage.users.get(id)).toBeUndefined();
  });

  it('takes the outer storage for itself again once the transaction is over', async () => {
    const [ada, eve] = [user(), user()];
    let later: Promise<void> | undefined;
    await test.storage.transaction(async (storage) => {
      await storage.users.insert(ada);
      later = new Promise<void>((resolve) => setTimeout(resolve, 20)).then(() =>
        test.storage.users.insert(eve),
      );
    });
    await later;
    expect(await test.storage.users.get(eve.id)).toEqual(eve);
  });
}

function isolation(test: Test): void {
  it('shows its changes to itself, and to others only when it is over', async () => {
    const ada = user();
    await test.storage.transaction(async (storage) => {
      await storage.users.insert(ada);
      expect(await storage.users.get(ada.id)).toEqual(ada);
      expect(await test.storage.users.get(ada.id)).toBeUndefined();
      expect(await test.database.other.users.get(ada.id)).toBeUndefined();
    });
    expect(await test.storage.users.get(ada.id)).toEqual(ada);
    expect(await test.database.other.users.get(ada.id)).toEqual(ada);
  });

  it('runs transactions that read and then write as if one after the other', async () => {
    const ada = await storedUser(test.storage, { name: '0' });
    await atOnce(test.database, 20, (handle) =>
      handle.transaction(async (storage) => {
        const found = await storage.users.get(ada.id);
        await storage.users.update(ada.id, { name: `${Number(found?.name) + 1}` });
      }),
    );
    expect(await test.storage.users.get(ada.id)).toMatchObject({ name: '20' });
  });

  it('lets no two transactions act on what the other one is about to change', async () => {
    const { org } = await storedOrganization(test.storage);
    const emails = [`${fresh('a')}@example.com`, `${fresh('b')}@example.com`];
    // Each inserts its user only while the other one is absent: one after the other, only one can.
    await atOnce(test.database, 10, (handle, index) =>
      handle.transaction(async (storage) => {
        const [mine = '', theirs = ''] = index % 2 === 0 ? emails : emails.toReversed();
        if (await storage.users.findByEmail(theirs)) return;
        if (await storage.users.findByEmail(mine)) return;
        await storage.users.insert(user({ email: mine }));
        await storage.organizations.update(org.id, { title: mine });
      }),
    );
    const present = await Promise.all(emails.map((email) => test.storage.users.findByEmail(email)));
    expect(present.filter(Boolean)).toHaveLength(1);
  });
}
