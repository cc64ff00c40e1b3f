import { expect, it } from 'vitest';
import { type OpenStorageUnderTest, useStorage } from './storage-fixture.ts';
import { fresh, freshHash, minute, oidcArtifact, pyxLogin, start, storedUser } from './storage-samples.ts';

export function conversationContract(open: OpenStorageUnderTest): void {
  const test = useStorage(open);
  pyxLogins(test);
  oidcArtifacts(test);
}

type Test = ReturnType<typeof useStorage>;

function pyxLogins(test: Test): void {
  it('opens a login, or answers the one that is open', async () => {
    const { pyxLogins } = test.storage;
    const login = pyxLogin();
    expect(await pyxLogins.open(login)).toEqual(login);
    expect(await pyxLogins.open(pyxLogin({ idHash: login.idHash, ip: '::1' }))).toEqual(login);
    expect(await pyxLogins.get(login.idHash)).toEqual(login);
    expect(await pyxLogins.get(freshHash())).toBeUndefined();
  });

  it('OA21 lets the browser session that came first approve, and no other', async () => {
    const { pyxLogins } = test.storage;
    const owner = await storedUser(test.storage);
    const { idHash } = await pyxLogins.open(pyxLogin());
    const approval = { state: 'approved', userId: owner.id } as const;
    expect(await pyxLogins.settle(idHash, 'bse_1', approval)).toBe(false);
    expect(await pyxLogins.claim(idHash, 'bse_1')).toBe(true);
    expect(await pyxLogins.claim(idHash, 'bse_1')).toBe(true);
    expect(await pyxLogins.claim(idHash, 'bse_2')).toBe(false);
    expect(await pyxLogins.claim(freshHash(), 'bse_2')).toBe(false);
    expect(await pyxLogins.settle(idHash, 'bse_2', approval)).toBe(false);
    expect(await pyxLogins.get(idHash)).toMatchObject({ state: 'pending', claimedBy: 'bse_1' });
    expect(await pyxLogins.settle(idHash, 'bse_1', approval)).toBe(true);
    expect(await pyxLogins.settle(idHash, 'bse_1', { state: 'denied' })).toBe(false);
    expect(await pyxLogins.claim(idHash, 'bse_1')).toBe(false);
    expect(await pyxLogins.get(idHash)).toMatchObject(approval);
  });

  it('OA24 hands an approved login out once; never a pending or denied one', async () => {
    const { pyxLogins } = test.storage;
    const owner = await storedUser(test.storage);
    const [approved, denied] = [await pyxLogins.open(pyxLogin()), await pyxLogins.open(pyxLogin())];
    expect(await pyxLogins.collect(approved.idHash)).toBeUndefined();
    for (const { idHash } of [approved, denied]) await pyxLogins.claim(idHash, 'bse_1');
    await pyxLogins.settle(approved.idHash, 'bse_1', { state: 'approved', userId: owner.id });
    await pyxLogins.settle(denied.idHash, 'bse_1', { state: 'denied' });
    expect(await pyxLogins.collect(denied.idHash)).toBeUndefined();
    expect(await pyxLogins.collect(approved.idHash)).toEqual({ userId: owner.id });
    expect(await pyxLogins.collect(approved.idHash)).toBeUndefined();
    expect(await pyxLogins.collect(freshHash())).toBeUndefined();
    expect(await pyxLogins.get(approved.idHash)).toMatchObject({ state: 'collected' });
  });

  it('counts the pending logins of an address that still run', async () => {
    const { pyxLogins } = test.storage;
    const ip = fresh('address');
    const login = await pyxLogins.open(pyxLogin({ ip }));
    await pyxLogins.open(pyxLogin({ ip, expiresAt: start + minute }));
    await pyxLogins.open(pyxLogin());
    expect(await pyxLogins.countPending(ip, start)).toBe(2);
    expect(await pyxLogins.countPending(ip, start + minute)).toBe(1);
    await pyxLogins.claim(login.idHash, 'bse_1');
    await pyxLogins.settle(login.idHash, 'bse_1', { state: 'denied' });
    expect(await pyxLogins.countPending(ip, start + minute)).toBe(0);
    expect(await pyxLogins.countPending(fresh('address'), start)).toBe(0);
  });
}

function oidcArtifacts(test: Test): void {
  it('keeps an artifact under its model, found by id, user code and uid', async () => {
    const { oidcArtifacts } = test.storage;
    const artifact = oidcArtifact();
    const bare = oidcArtifact({ grantId: null, userCode: null, uid: null, expiresAt: null, payload: {} });
    await oidcArtifacts.put(artifact);
    await oidcArtifacts.put(bare);
    expect(await oidcArtifacts.get(artifact.model, artifact.id)).toEqual(artifact);
    expect(await oidcArtifacts.get(bare.model, bare.id)).toEqual(bare);
    expect(await oidcArtifacts.findByUserCode(artifact.model, `${artifact.userCode}`)).toEqual(artifact);
    expect(await oidcArtifacts.findByUid(artifact.model, `${artifact.uid}`)).toEqual(artifact);
    expect(await oidcArtifacts.get('Session', artifact.id)).toBeUndefined();
    expect(await oidcArtifacts.findByUserCode('Session', `${artifact.userCode}`)).toBeUndefined();
    expect(await oidcArtifacts.findByUid('Session', `${artifact.uid}`)).toBeUndefined();
    expect(await oidcArtifacts.findByUid(artifact.model, fresh('uid'))).toBeUndefined();
  });

  it('OA04 lets an artifact be consumed once, and a replacement does not undo it', async () => {
    const { oidcArtifacts } = test.storage;
    const artifact = oidcArtifact();
    await oidcArtifacts.put(artifact);
    await oidcArtifacts.put({ ...artifact, payload: { step: 2 } });
    expect(await oidcArtifacts.consume(artifact.model, artifact.id, start + 1)).toBe(true);
    expect(await oidcArtifacts.consume(artifact.model, artifact.id, start + 2)).toBe(false);
    expect(await oidcArtifacts.consume(artifact.model, freshHash(), start)).toBe(false);
    await oidcArtifacts.put({ ...artifact, payload: { step: 3 } });
    expect(await oidcArtifacts.get(artifact.model, artifact.id)).toEqual({
      ...artifact,
      payload: { step: 3 },
      consumedAt: start + 1,
    });
    expect(await oidcArtifacts.consume(artifact.model, artifact.id, start + 3)).toBe(false);
  });

  it('deletes one artifact, or all of a grant that have that model', async () => {
    const { oidcArtifacts } = test.storage;
    const grantId = fresh('grant');
    const [a, b] = [oidcArtifact({ grantId }), oidcArtifact({ grantId })];
    const otherModel = oidcArtifact({ grantId, model: 'AuthorizationCode' });
    const otherGrant = oidcArtifact();
    for (const artifact of [a, b, otherModel, otherGrant]) await oidcArtifacts.put(artifact);
    await oidcArtifacts.delete(a.model, a.id);
    await oidcArtifacts.delete(a.model, a.id);
    expect(await oidcArtifacts.get(a.model, a.id)).toBeUndefined();
    await oidcArtifacts.deleteOfGrant(b.model, grantId);
    expect(await oidcArtifacts.get(b.model, b.id)).toBeUndefined();
    expect(await oidcArtifacts.get(otherModel.model, otherModel.id)).toEqual(otherModel);
    expect(await oidcArtifacts.get(otherGrant.model, otherGrant.id)).toEqual(otherGrant);
  });

  it('refuses text that one of the databases could not keep', async () => {
    const refused = test.storage.oidcArtifacts.put(oidcArtifact({ uid: 'a\0b' }));
    await expect(refused).rejects.toThrow(TypeError);
  });
}
