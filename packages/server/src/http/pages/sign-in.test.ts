import { afterEach, describe, expect, it } from 'vitest';
import { type Doors, openTestPages, password, system, type TestPages } from './pages.fixture.ts';

const open: TestPages[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((pages) => pages.close()));
});
async function start(doors?: Doors, origin?: string): Promise<TestPages> {
  const pages = await openTestPages(doors, origin);
  open.push(pages);
  return pages;
}
const session = 'pkgauth-session';
const uuid = '6f1c1d9e-2f65-4b6c-9a7e-0d6b6a5c4f3e';

describe('signing in', () => {
  it('sends whoever is not signed in to the form and back', async () => {
    const pages = await start();
    await pages.givePassword();
    const browser = pages.browser();
    expect((await browser.get('/')).location).toBe('/sign-in?next=%2F');
    expect((await browser.get(`/auth/cli/login/${uuid}`)).location).toBe(
      `/sign-in?next=%2Fauth%2Fcli%2Flogin%2F${uuid}`,
    );
    const form = await browser.get(`/sign-in?next=/auth/cli/login/${uuid}`);
    expect(form.status).toBe(200);
    expect(form.text).toContain('<label for="email">Email</label>');
    expect(form.text).toContain('<label for="password">Password</label>');
    expect(form.text).toContain('<button type="submit">Sign in</button>');
    const done = await browser.post('/sign-in', {
      email: ' Owner@Example.com ',
      password,
      next: `/auth/cli/login/${uuid}`,
    });
    expect([done.status, done.location]).toEqual([303, `/auth/cli/login/${uuid}`]);
    expect((await browser.get('/')).text).toContain('Olga Owner');
    expect((await browser.get('/sign-in?next=/activate')).location).toBe('/activate');
  });

  it('answers a wrong password and an unknown address alike', async () => {
    const pages = await start();
    await pages.givePassword();
    const browser = pages.browser();
    await browser.get('/sign-in');
    const wrong = await browser.post('/sign-in', { email: 'owner@example.com', password: 'not it' });
    const unknown = await browser.post('/sign-in', { email: 'nobody@example.com', password: 'not it' });
    expect(wrong.status).toBe(400);
    expect(unknown.status).toBe(400);
    expect(wrong.text.replace('owner@', '')).toBe(unknown.text.replace('nobody@', ''));
    expect(browser.cookies.has(session)).toBe(false);
  });

  it('says how long to wait after too many tries', async () => {
    const browser = (await start()).browser();
    await browser.get('/sign-in');
    for (let round = 0; round < 10; round += 1)
      await browser.post('/sign-in', { email: 'x@example.com', password: 'no' });
    const refused = await browser.post('/sign-in', { email: 'x@example.com', password: 'no' });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0);
    expect(refused.text).toContain('Too many tries');
  });

  it('OA10 the cookie before signing in is not the cookie after, and a planted one ends', async () => {
    const pages = await start();
    const attacker = pages.browser();
    await attacker.signIn();
    const planted = attacker.cookies.get(session) ?? '';
    const victim = pages.browser();
    victim.cookies.set(session, planted);
    await victim.signIn();
    expect(victim.cookies.get(session)).not.toBe(planted);
    expect((await attacker.get('/')).status).toBe(303);
  });

  it('OA10 drops a stale cookie, and signing out ends the session on the server', async () => {
    const pages = await start();
    const browser = pages.browser();
    browser.cookies.set(session, 'f'.repeat(64));
    await browser.get('/sign-in');
    expect(browser.cookies.has(session)).toBe(false);
    await browser.signIn();
    const secret = browser.cookies.get(session) ?? '';
    await browser.get('/');
    expect((await browser.post('/sign-out')).text).toContain('You are signed out');
    const thief = pages.browser();
    thief.cookies.set(session, secret);
    expect((await thief.get('/')).status).toBe(303);
  });

  it('takes a one-time link by the button only, once', async () => {
    const pages = await start();
    const secret = await pages.core.signInLinks.create(pages.owner.id, system);
    const prefetcher = pages.browser();
    for (let round = 0; round < 3; round += 1)
      expect((await prefetcher.get(`/sign-in/link/${secret}`)).status).toBe(200);
    const browser = pages.browser();
    await browser.get(`/sign-in/link/${secret}`);
    expect((await browser.post(`/sign-in/link/${secret}`)).location).toBe('/');
    expect((await browser.get('/')).text).toContain('Olga Owner');
    await prefetcher.get('/sign-in');
    expect((await prefetcher.post(`/sign-in/link/${secret}`)).status).toBe(410);
    expect((await prefetcher.get(`/sign-in/link/${secret}`)).status).toBe(410);
  });

  it('AD01 of 20 browsers that use the first link at once, one gets in', async () => {
    const pages = await start();
    const secret = await pages.core.signInLinks.create(pages.owner.id, system);
    const browsers = Array.from({ length: 20 }, () => pages.browser());
    for (const browser of browsers) await browser.get(`/sign-in/link/${secret}`);
    const visits = await Promise.all(browsers.map((browser) => browser.post(`/sign-in/link/${secret}`)));
    expect(visits.filter(({ status }) => status === 303)).toHaveLength(1);
    expect(visits.filter(({ status }) => status === 410)).toHaveLength(19);
  });

  it('DS05 goes nowhere else, whatever next says', async () => {
    const browser = (await start()).browser();
    for (const next of [
      'https://evil.example/',
      '//evil.example',
      '/\\evil.example',
      'javascript:alert(1)',
      '/%0d%0aX: y',
    ]) {
      const visit = await browser.signIn(next);
      expect(visit.status).toBe(303);
      expect(new URL(visit.location ?? '', 'http://127.0.0.1:8585').origin).toBe('http://127.0.0.1:8585');
    }
  });

  it('goes on under the configured name of this machine, and leaves other names alone', async () => {
    const pages = await start();
    const ask = async (host: string) =>
      (await pages.browser().get('/sign-in?next=/activate', { Host: host })).location;
    expect(await ask('localhost:8585')).toBe('http://127.0.0.1:8585/sign-in?next=/activate');
    expect(await ask('[::1]:8585')).toBe('http://127.0.0.1:8585/sign-in?next=/activate');
    for (const host of [
      '127.0.0.1:8585',
      'evil.example',
      'localhost:9',
      'localhost.evil.example:8585',
      '%',
      '',
    ]) {
      expect(await ask(host)).toBeNull();
    }
  });
});
