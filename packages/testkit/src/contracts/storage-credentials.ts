import { expect, it } from 'vitest';
import { expectStorageError, type OpenStorageUnderTest, useStorage } from './storage-fixture.ts';
import {
  apiKey,
  fresh,
  freshHash,
  individualToken,
  oneTimeLink,
  serviceAccount,
  siteToken,
  start,
  storedOrganization,
  storedUser,
} from './storage-samples.ts';

export function credentialContract(open: OpenStorageUnderTest): void {
  const test = useStorage(open);
  apiKeys(test);
  individualTokens(test);
  siteTokens(test);
  serviceAccounts(test);
  oneTimeLinks(test);
}

type Test = ReturnType<typeof useStorage>;

function apiKeys(test: Test): void {
  it('AK01 keeps an API key, found by the hash of its secret', async () => {
    const { apiKeys } = test.storage;
    const { org, owner } = await storedOrganization(test.storage);
    const key = apiKey(owner.id, org.id);
    await apiKeys.insert(key);
    expect(await apiKeys.get(key.id)).toEqual(key);
    expect(await apiKeys.findBySecretHash(key.secretHash)).toEqual(key);
    expect(await apiKeys.listOfOwner(owner.id)).toEqual([key]);
    expect(await apiKeys.listOfOrganization(org.id)).toEqual([key]);
    expect(await apiKeys.findBySecretHash(freshHash())).toBeUndefined();
    expect(await apiKeys.get(fresh('key'))).toBeUndefined();
    const same = apiKey(owner.id, org.id, { secretHash: key.secretHash });
    await expectStorageError(apiKeys.insert(same), 'conflict');
    await expectStorageError(apiKeys.insert(apiKey(owner.id, org.id, { id: key.id })), 'conflict');
    await expectStorageError(apiKeys.insert(apiKey(owner.id, fresh('org'))), 'not-found');
  });

  it('AK05 ends an API key once', async () => {
    const { apiKeys } = test.storage;
    const { org, owner } = await storedOrganization(test.storage);
    const key = apiKey(owner.id, org.id);
    await apiKeys.insert(key);
    expect(await apiKeys.revoke(key.id, start + 1)).toBe(true);
    expect(await apiKeys.revoke(key.id, start + 2)).toBe(false);
    expect(await apiKeys.revoke(fresh('key'), start + 2)).toBe(false);
    expect(await apiKeys.findBySecretHash(key.secretHash)).toEqual({ ...key, revokedAt: start + 1 });
  });

  it('AD05 ends the keys of an owner, in one organization or in all', async () => {
    const { apiKeys } = test.storage;
    const [one, two] = [await storedOrganization(test.storage), await storedOrganization(test.storage)];
    const inOne = apiKey(one.owner.id, one.org.id);
    const inTwo = apiKey(one.owner.id, two.org.id);
    const others = apiKey(two.owner.id, two.org.id);
    for (const key of [inOne, inTwo, others]) await apiKeys.insert(key);
    expect(await apiKeys.revokeOfOwner(one.owner.id, start, one.org.id)).toEqual([inOne.id]);
    expect(await apiKeys.get(inTwo.id)).toEqual(inTwo);
    expect(await apiKeys.revokeOfOwner(one.owner.id, start)).toEqual([inTwo.id]);
    expect(await apiKeys.revokeOfOwner(one.owner.id, start)).toEqual([]);
    expect(await apiKeys.get(others.id)).toEqual(others);
  });

  it('AK14 notes uses in a batch, never back in time', async () => {
    const { apiKeys } = test.storage;
    const { org, owner } = await storedOrganization(test.storage);
    const [a, b] = [apiKey(owner.id, org.id), apiKey(owner.id, org.id)];
    await apiKeys.insert(a);
    await apiKeys.insert(b);
    await apiKeys.touch([
      { id: b.id, lastUsedAt: start + 2 },
      { id: a.id, lastUsedAt: start + 1 },
      { id: fresh('key'), lastUsedAt: start },
    ]);
    await apiKeys.touch([{ id: b.id, lastUsedAt: start + 1 }]);
    await apiKeys.touch([]);
    expect(await apiKeys.get(a.id)).toEqual({ ...a, lastUsedAt: start + 1 });
    expect(await apiKeys.get(b.id)).toEqual({ ...b, lastUsedAt: start + 2 });
  });
}

function individualTokens(test: Test): void {
  it('AK13 reissues an individual token: the former one ends with it', async () => {
    const { organizationTokens } = test.storage;
    const { org, owner } = await storedOrganization(test.storage);
    const former = individualToken(org.id, owner.id);
    const latter = individualToken(org.id, owner.id, { createdAt: start + 5 });
    expect(await organizationTokens.currentIndividual(org.id, owner.id)).toBeUndefined();
    await organizationTokens.reissueIndividual(former);
    expect(await organizationTokens.currentIndividual(org.id, owner.id)).toEqual(former);
    await organizationTokens.reissueIndividual(latter);
    expect(await organizationTokens.currentIndividual(org.id, owner.id)).toEqual(latter);
    expect(await organizationTokens.findIndividual(former.secretHash)).toEqual({
      ...former,
      revokedAt: start + 5,
    });
    expect(await organizationTokens.findIndividual(latter.secretHash)).toEqual(latter);
    expect(await organizationTokens.findIndividual(freshHash())).toBeUndefined();
  });

  it('AK13 a reissue that fails leaves the former token valid', async () => {
    const { organizationTokens } = test.storage;
    const { org, owner } = await storedOrganization(test.storage);
    const former = individualToken(org.id, owner.id);
    await organizationTokens.reissueIndividual(former);
    const taken = individualToken(org.id, owner.id, { secretHash: former.secretHash });
    await expectStorageError(organizationTokens.reissueIndividual(taken), 'conflict');
    expect(await organizationTokens.currentIndividual(org.id, owner.id)).toEqual(former);
    const nowhere = individualToken(fresh('org'), owner.id);
    await expectStorageError(organizationTokens.reissueIndividual(nowhere), 'not-found');
  });

  it('ends the individual token of one member of one organization', async () => {
    const { organizationTokens } = test.storage;
    const [one, two] = [await storedOrganization(test.storage), await storedOrganization(test.storage)];
    const mine = individualToken(one.org.id, one.owner.id);
    const elsewhere = individualToken(two.org.id, one.owner.id);
    await organizationTokens.reissueIndividual(mine);
    await organizationTokens.reissueIndividual(elsewhere);
    expect(await organizationTokens.revokeIndividual(one.org.id, one.owner.id, start + 1)).toBe(true);
    expect(await organizationTokens.revokeIndividual(one.org.id, one.owner.id, start + 2)).toBe(false);
    expect(await organizationTokens.findIndividual(mine.secretHash)).toMatchObject({ revokedAt: start + 1 });
    expect(await organizationTokens.currentIndividual(one.org.id, one.owner.id)).toBeUndefined();
    expect(await organizationTokens.currentIndividual(two.org.id, one.owner.id)).toEqual(elsewhere);
  });
}

function siteTokens(test: Test): void {
  it('keeps site tokens, many for one organization, each ended once', async () => {
    const { organizationTokens } = test.storage;
    const { org } = await storedOrganization(test.storage);
    const [first, second] = [siteToken(org.id), siteToken(org.id, { createdAt: start + 1 })];
    await organizationTokens.insertSite(second);
    await organizationTokens.insertSite(first);
    expect(await organizationTokens.listSite(org.id)).toEqual([first, second]);
    expect(await organizationTokens.findSite(first.secretHash)).toEqual(first);
    expect(await organizationTokens.findSite(freshHash())).toBeUndefined();
    expect(await organizationTokens.revokeSite(first.id, start + 3)).toBe(true);
    expect(await organizationTokens.revokeSite(first.id, start + 4)).toBe(false);
    expect(await organizationTokens.findSite(first.secretHash)).toEqual({ ...first, revokedAt: start + 3 });
    expect(await organizationTokens.findSite(second.secretHash)).toEqual(second);
    const same = siteToken(org.id, { secretHash: first.secretHash });
    await expectStorageError(organizationTokens.insertSite(same), 'conflict');
    await expectStorageError(organizationTokens.insertSite(siteToken(fresh('org'))), 'not-found');
  });
}

function serviceAccounts(test: Test): void {
  it('keeps service accounts, whose names differ within an organization', async () => {
    const { serviceAccounts } = test.storage;
    const [one, two] = [await storedOrganization(test.storage), await storedOrganization(test.storage)];
    const robot = serviceAccount(one.org.id, { name: 'robot' });
    await serviceAccounts.insert(robot);
    await serviceAccounts.insert(serviceAccount(two.org.id, { name: 'robot' }));
    await expectStorageError(
      serviceAccounts.insert(serviceAccount(one.org.id, { name: 'robot' })),
      'conflict',
    );
    await expectStorageError(serviceAccounts.insert(serviceAccount(fresh('org'))), 'not-found');
    expect(await serviceAccounts.get(robot.id)).toEqual(robot);
    expect(await serviceAccounts.list(one.org.id)).toEqual([robot]);
    expect(await serviceAccounts.get(fresh('sva'))).toBeUndefined();
    expect(await serviceAccounts.disable(robot.id, start + 1)).toBe(true);
    expect(await serviceAccounts.disable(robot.id, start + 2)).toBe(false);
    expect(await serviceAccounts.get(robot.id)).toEqual({ ...robot, disabledAt: start + 1 });
  });
}

function oneTimeLinks(test: Test): void {
  it('lets a link be used once, before it expires', async () => {
    const { oneTimeLinks } = test.storage;
    const owner = await storedUser(test.storage);
    const link = oneTimeLink(owner.id);
    await oneTimeLinks.insert(link);
    await expectStorageError(oneTimeLinks.insert(link), 'conflict');
    await expectStorageError(oneTimeLinks.insert(oneTimeLink(fresh('usr'))), 'not-found');
    expect(await oneTimeLinks.find(link.secretHash)).toEqual(link);
    expect(await oneTimeLinks.find(freshHash())).toBeUndefined();
    expect(await oneTimeLinks.use(freshHash(), start)).toBeUndefined();
    expect(await oneTimeLinks.use(link.secretHash, link.expiresAt)).toBeUndefined();
    const used = { ...link, usedAt: link.expiresAt - 1 };
    expect(await oneTimeLinks.use(link.secretHash, link.expiresAt - 1)).toEqual(used);
    expect(await oneTimeLinks.use(link.secretHash, start)).toBeUndefined();
    expect(await oneTimeLinks.find(link.secretHash)).toEqual(used);
  });
}
