import { afterEach, describe, expect, it } from 'vitest';
import { type Doors, openTestPages, password, request, system, type TestPages } from './pages.fixture.ts';

const open: TestPages[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((pages) => pages.close()));
});
async function start(doors?: Doors, origin?: string): Promise<TestPages> {
  const pages = await openTestPages(doors, origin);
  open.push(pages);
  return pages;
}

describe('the account page', () => {
  it('makes, shows once, lists and revokes API keys', async () => {
    const pages = await start();
    const browser = await pages.enter();
    const made = await browser.post('/keys', { name: 'Nightly', organization: 'acme', validity_days: '30' });
    const key = /pka_[A-Za-z0-9]+/.exec(made.text)?.[0] ?? '';
    expect(made.headers.get('Cache-Control')).toBe('no-store');
    expect(await pages.core.verifier.verify(`Bearer ${key}`)).toMatchObject({
      ok: true,
      principal: { userId: pages.owner.id },
    });
    const list = await browser.get('/');
    expect(list.text).toContain('Nightly');
    expect(list.text).not.toContain(key);
    const revoke = /action="(\/keys\/[^"]+\/revoke)"/.exec(list.text)?.[1] ?? '';
    expect((await browser.post(revoke)).location).toBe('/#keys');
    expect(await pages.core.verifier.verify(`Bearer ${key}`)).toMatchObject({
      ok: false,
      problem: 'revoked',
    });
    expect((await browser.get('/')).text).toContain('revoked</span>');
  });

  it.each([
    [{ name: '', organization: 'acme', validity_days: '30' }, 400],
    [{ name: 'x'.repeat(101), organization: 'acme', validity_days: '30' }, 400],
    [{ name: 'k', organization: 'acme', validity_days: '31' }, 400],
    [{ name: 'k', organization: 'other', validity_days: '30' }, 403],
    [{ name: 'k', organization: '__proto__', validity_days: '30' }, 403],
    [{ name: 'k', validity_days: '30' }, 403],
  ])('makes no key for %j', async (fields, status) => {
    const pages = await start();
    const browser = await pages.enter();
    expect((await browser.post('/keys', fields as Record<string, string>)).status).toBe(status);
    expect(await pages.core.apiKeys.listOfOwner(pages.owner.id)).toEqual([]);
  });

  it('AK07 does not revoke what belongs to somebody else', async () => {
    const pages = await start();
    const other = await pages.addUser('other@example.com', 'member');
    const { apiKey } = await pages.core.apiKeys.create(
      { owner: { kind: 'user', id: other.id }, orgId: pages.acme.id, name: 'k', validityDays: 7 },
      system,
    );
    const tokens = await pages.core.sessions.open({
      userId: other.id,
      clientId: 'uv',
      door: 'pyx',
      scope: '',
      request: request(),
    });
    const { session: foreign } = await pages.core.browserSessions.open(other.id, undefined, request());
    const browser = await pages.enter();
    for (const path of [
      `/keys/${apiKey.id}/revoke`,
      `/devices/${tokens.sessionId}/revoke`,
      `/browsers/${foreign.id}/revoke`,
    ]) {
      expect((await browser.post(path)).status, path).toBe(404);
    }
    expect((await pages.storage.apiKeys.get(apiKey.id))?.revokedAt).toBeNull();
    expect((await pages.storage.loginSessions.get(tokens.sessionId))?.revokedAt).toBeNull();
    expect(await pages.core.browserSessions.listOfUser(other.id)).toHaveLength(1);
  });

  it('lists devices and browsers, and ends them at once', async () => {
    const pages = await start();
    const tokens = await pages.core.sessions.open({
      userId: pages.owner.id,
      clientId: 'uv',
      door: 'pyx',
      scope: '',
      request: request(),
    });
    const phone = await pages.enter();
    const browser = await pages.enter();
    const { text } = await browser.get('/');
    expect(text).toContain('uv 0.12.6');
    expect(text).toContain('this one');
    await browser.post(`/devices/${tokens.sessionId}/revoke`);
    expect(await pages.core.verifier.verify(`Bearer ${tokens.accessToken}`)).toMatchObject({
      ok: false,
      problem: 'revoked',
    });
    const end = /action="(\/browsers\/[^"]+\/revoke)"/.exec((await browser.get('/')).text)?.[1] ?? '';
    await browser.post(end);
    expect((await phone.get('/')).status).toBe(303);
    expect((await browser.get('/')).text).not.toContain('uv 0.12.6');
  });

  it('changes the password, which ends everything else', async () => {
    const pages = await start();
    await pages.givePassword();
    const phone = await pages.enter();
    const browser = await pages.enter();
    const refused = await browser.post('/password', {
      current_password: 'wrong',
      new_password: 'a much better password',
    });
    expect([refused.status, refused.text.includes('The current password is not right')]).toEqual([400, true]);
    expect(
      (await browser.post('/password', { current_password: password, new_password: 'short' })).text,
    ).toContain('at least 10 characters');
    expect(
      (
        await browser.post('/password', {
          current_password: password,
          new_password: 'a much better password',
        })
      ).location,
    ).toBe('/#password');
    expect((await browser.get('/')).status).toBe(200);
    expect((await phone.get('/')).status).toBe(303);
    expect(
      await pages.core.passwords.check('owner@example.com', 'a much better password', request()),
    ).toBeDefined();
  });

  it('asks again who it is before making keys or changing the password', async () => {
    const pages = await start();
    const browser = await pages.enter();
    pages.clock.set(pages.clock.now() + 31 * 60_000);
    for (const path of ['/keys', '/password']) {
      const visit = await browser.post(path, { name: 'k', organization: 'acme', validity_days: '7' });
      expect(visit.location).toBe('/sign-in?next=%2F&again=1');
    }
    expect((await browser.get('/sign-in?next=/&again=1')).text).toContain('value="owner@example.com"');
  });

  it('prints the commands for the indexes of the person’s organizations only', async () => {
    const pages = await start();
    const base = {
      orgId: pages.acme.id,
      kind: 'pypi',
      sealedUpstreamCredential: null,
      createdAt: 1,
    } as const;
    await pages.storage.registries.insert({ ...base, id: 'reg_1', name: 'packages', upstreamUrl: null });
    await pages.storage.registries.insertView({
      id: 'viw_1',
      orgId: pages.acme.id,
      name: 'main',
      public: false,
      isDefault: true,
      registryIds: [],
      createdAt: 1,
    });
    await pages.addUser('stranger@example.com');
    const browser = await pages.enter();
    const { text } = await browser.get('/');
    expect(text).toContain('pkgauth login http://127.0.0.1:8585');
    expect(text).toContain('--index-url http://__token__@127.0.0.1:8585/simple/acme/main/ PACKAGE');
    expect(text).toContain('twine upload --repository-url http://127.0.0.1:8585/v1/upload/acme/packages');
    const other = await pages.enter('stranger@example.com');
    const page = await other.get('/');
    expect(page.text).toContain('not a member of any organization yet');
    expect(page.text).not.toContain('acme');
  });
});
