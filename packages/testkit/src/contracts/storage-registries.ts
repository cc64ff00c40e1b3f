import { expect, it } from 'vitest';
import { expectStorageError, type OpenStorageUnderTest, useStorage } from './storage-fixture.ts';
import {
  accessor,
  fresh,
  hostedFile,
  registry,
  start,
  storedOrganization,
  trustedIssuer,
  view,
} from './storage-samples.ts';

export function registryContract(open: OpenStorageUnderTest): void {
  const test = useStorage(open);
  registries(test);
  views(test);
  hostedFiles(test);
  trustedAccess(test);
}

type Test = ReturnType<typeof useStorage>;

function registries(test: Test): void {
  it('keeps registries of an organization', async () => {
    const { registries } = test.storage;
    const { org } = await storedOrganization(test.storage);
    const mirror = registry(org.id, { createdAt: start + 1 });
    const hosted = registry(org.id, { kind: 'conda', upstreamUrl: null, sealedUpstreamCredential: null });
    await registries.insert(mirror);
    await registries.insert(hosted);
    expect(await registries.list(org.id)).toEqual([hosted, mirror]);
    expect(await registries.get(mirror.id)).toEqual(mirror);
    expect(await registries.get(fresh('reg'))).toBeUndefined();
    expect(await registries.list(fresh('org'))).toEqual([]);
    await expectStorageError(registries.insert(registry(org.id, { id: mirror.id })), 'conflict');
    await expectStorageError(registries.insert(registry(fresh('org'))), 'not-found');
  });

  it('has one name space for the registries and views of an organization, and one for each', async () => {
    const { registries } = test.storage;
    const [one, two] = [await storedOrganization(test.storage), await storedOrganization(test.storage)];
    await registries.insert(registry(one.org.id, { name: 'main' }));
    await registries.insertView(view(one.org.id, { name: 'all' }));
    await expectStorageError(registries.insert(registry(one.org.id, { name: 'main' })), 'conflict');
    await expectStorageError(registries.insert(registry(one.org.id, { name: 'all' })), 'conflict');
    await expectStorageError(registries.insertView(view(one.org.id, { name: 'main' })), 'conflict');
    await expectStorageError(registries.insertView(view(one.org.id, { name: 'all' })), 'conflict');
    await registries.insert(registry(two.org.id, { name: 'all' }));
    await registries.insertView(view(two.org.id, { name: 'main' }));
    expect(await registries.list(one.org.id)).toHaveLength(1);
    expect(await registries.listViews(one.org.id)).toHaveLength(1);
  });
}

function views(test: Test): void {
  it('keeps views with their registries in order of precedence', async () => {
    const { registries } = test.storage;
    const { org } = await storedOrganization(test.storage);
    const parts = [registry(org.id), registry(org.id), registry(org.id)] as const;
    for (const part of parts) await registries.insert(part);
    const composed = view(org.id, { registryIds: [parts[2].id, parts[0].id, parts[1].id], public: true });
    const all = view(org.id, { isDefault: true, createdAt: start + 1 });
    await registries.insertView(composed);
    await registries.insertView(all);
    expect(await registries.listViews(org.id)).toEqual([composed, all]);
    expect(await registries.listViews(fresh('org'))).toEqual([]);
  });

  it('refuses a second default view, and a view of a registry that is not there', async () => {
    const { registries } = test.storage;
    const { org } = await storedOrganization(test.storage);
    const all = view(org.id, { isDefault: true });
    await registries.insertView(all);
    await expectStorageError(registries.insertView(view(org.id, { isDefault: true })), 'conflict');
    await expectStorageError(
      registries.insertView(view(org.id, { registryIds: [fresh('reg')] })),
      'not-found',
    );
    await expectStorageError(registries.insertView(view(fresh('org'))), 'not-found');
    expect(await registries.listViews(org.id)).toEqual([all]);
  });

  it('keeps grants of one view or of the whole organization, each once', async () => {
    const { registries } = test.storage;
    const { org } = await storedOrganization(test.storage);
    const granted = view(org.id);
    await registries.insertView(granted);
    const granteeId = fresh('acc');
    const ofView = { orgId: org.id, viewId: granted.id, granteeKind: 'accessor', granteeId } as const;
    const ofAll = { ...ofView, viewId: null };
    for (const grant of [ofView, ofAll, ofView, ofAll]) await registries.putGrant(grant);
    const grants = await registries.listGrants('accessor', granteeId);
    expect(grants).toHaveLength(2);
    expect(grants).toEqual(expect.arrayContaining([ofView, ofAll]));
    expect(await registries.listGrants('api-key', granteeId)).toEqual([]);
    expect(await registries.listGrants('accessor', fresh('acc'))).toEqual([]);
    await expectStorageError(registries.putGrant({ ...ofView, viewId: fresh('vie') }), 'not-found');
  });
}

function hostedFiles(test: Test): void {
  it('keeps files of a registry by project', async () => {
    const { org } = await storedOrganization(test.storage);
    const shelf = registry(org.id, { upstreamUrl: null });
    await test.storage.registries.insert(shelf);
    const { hostedFiles } = test.storage;
    const wheel = hostedFile(shelf.id, { uploadedAt: start + 1 });
    const sdist = hostedFile(shelf.id, {
      filename: 'widget-1.0.tar.gz',
      requiresPython: null,
      metadataSha256: null,
    });
    const other = hostedFile(shelf.id, { project: 'gadget' });
    for (const file of [wheel, sdist, other]) await hostedFiles.insert(file);
    expect(await hostedFiles.listOfProject(shelf.id, 'widget')).toEqual([sdist, wheel]);
    expect(await hostedFiles.listProjects(shelf.id)).toEqual(['gadget', 'widget']);
    expect(await hostedFiles.get(shelf.id, wheel.filename)).toEqual(wheel);
    expect(await hostedFiles.get(fresh('reg'), wheel.filename)).toBeUndefined();
    expect(await hostedFiles.listOfProject(shelf.id, 'nothing')).toEqual([]);
    expect(await hostedFiles.listProjects(fresh('reg'))).toEqual([]);
    await expectStorageError(hostedFiles.insert(hostedFile(fresh('reg'))), 'not-found');
  });

  it('never replaces a file, yanked or not; another registry may have one of that name', async () => {
    const { org } = await storedOrganization(test.storage);
    const [shelf, elsewhere] = [registry(org.id), registry(org.id)];
    await test.storage.registries.insert(shelf);
    await test.storage.registries.insert(elsewhere);
    const { hostedFiles } = test.storage;
    const file = hostedFile(shelf.id);
    await hostedFiles.insert(file);
    const again = hostedFile(shelf.id, { filename: file.filename });
    await expectStorageError(hostedFiles.insert(again), 'conflict');
    await hostedFiles.setYanked(shelf.id, file.filename, '');
    expect(await hostedFiles.get(shelf.id, file.filename)).toEqual({ ...file, yanked: '' });
    await expectStorageError(hostedFiles.insert(again), 'conflict');
    await hostedFiles.setYanked(shelf.id, file.filename, null);
    expect(await hostedFiles.get(shelf.id, file.filename)).toEqual(file);
    await hostedFiles.insert({ ...again, registryId: elsewhere.id });
    await expectStorageError(hostedFiles.setYanked(shelf.id, 'absent-1.0.tar.gz', 'x'), 'not-found');
  });
}

function trustedAccess(test: Test): void {
  it('lists the trusted issuers of an organization with the built-in ones', async () => {
    const { trustedAccess } = test.storage;
    const [one, two] = [await storedOrganization(test.storage), await storedOrganization(test.storage)];
    const builtIn = trustedIssuer(null, { jwks: null });
    const own = trustedIssuer(one.org.id);
    await trustedAccess.insertIssuer(builtIn);
    await trustedAccess.insertIssuer(own);
    expect(await trustedAccess.listIssuers(one.org.id)).toEqual(expect.arrayContaining([builtIn, own]));
    expect(await trustedAccess.listIssuers(two.org.id)).toContainEqual(builtIn);
    expect(await trustedAccess.listIssuers(two.org.id)).not.toContainEqual(own);
    await expectStorageError(trustedAccess.insertIssuer(own), 'conflict');
    await expectStorageError(trustedAccess.insertIssuer(trustedIssuer(fresh('org'))), 'not-found');
  });

  it('keeps accessors, disabled once', async () => {
    const { trustedAccess } = test.storage;
    const { org } = await storedOrganization(test.storage);
    const issuer = trustedIssuer(org.id);
    await trustedAccess.insertIssuer(issuer);
    const rule = accessor(org.id, issuer.id);
    await trustedAccess.insertAccessor(rule);
    expect(await trustedAccess.getAccessor(rule.id)).toEqual(rule);
    expect(await trustedAccess.listAccessors(org.id)).toEqual([rule]);
    expect(await trustedAccess.getAccessor(fresh('acc'))).toBeUndefined();
    expect(await trustedAccess.disableAccessor(rule.id, start + 1)).toBe(true);
    expect(await trustedAccess.disableAccessor(rule.id, start + 2)).toBe(false);
    expect(await trustedAccess.getAccessor(rule.id)).toEqual({ ...rule, disabledAt: start + 1 });
    await expectStorageError(trustedAccess.insertAccessor(rule), 'conflict');
    await expectStorageError(trustedAccess.insertAccessor(accessor(org.id, fresh('iss'))), 'not-found');
  });

  it('lets an identity token be claimed once for each issuer, however long its id', async () => {
    const { trustedAccess } = test.storage;
    const [issuer, other] = [fresh('iss'), fresh('iss')];
    for (const key of [fresh('jti'), fresh('jti').repeat(1000)]) {
      expect(await trustedAccess.claimReplayKey(issuer, key, start)).toBe(true);
      expect(await trustedAccess.claimReplayKey(issuer, key, start)).toBe(false);
      expect(await trustedAccess.claimReplayKey(other, key, start)).toBe(true);
    }
  });
}
