import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium, describeWith } from '@pkgauth/testkit';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type Service, startService } from '../support/service.ts';

/** The pages in a real browser: no scripts, and for the most part no pointer. */
describeWith(['chromium'], 'the pages in Chromium', () => {
  let service: Service;
  let browser: Browser;
  const contexts: BrowserContext[] = [];
  const complaints: string[] = [];

  beforeAll(async () => {
    service = await startService();
    browser = await chromium();
  });
  afterAll(async () => {
    await browser?.close();
    await service?.[Symbol.asyncDispose]();
  });
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
    expect(complaints.splice(0)).toEqual([]);
  });

  async function open(options: { width?: number; scripts?: boolean } = {}): Promise<Page> {
    const { width = 1000, scripts = false } = options;
    const context = await browser.newContext({
      viewport: { width, height: 800 },
      javaScriptEnabled: scripts,
    });
    contexts.push(context);
    const page = await context.newPage();
    // Such as a violated Content-Security-Policy.
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('status of 4'))
        complaints.push(message.text());
    });
    page.on('request', (request) => {
      if (!/^http:\/\/127\.0\.0\.1:/.test(request.url())) complaints.push(`asked for ${request.url()}`);
    });
    return page;
  }

  const focused = (page: Page) => page.locator(':focus');

  /** Presses Tab until the element with this role and name has the focus. */
  async function tabTo(
    page: Page,
    role: 'button' | 'textbox' | 'link' | 'combobox',
    name: string,
  ): Promise<void> {
    const wanted = page.getByRole(role, { name, exact: true });
    for (let press = 0; press < 60; press += 1) {
      await page.keyboard.press('Tab');
      if (await wanted.and(focused(page)).count()) return;
    }
    throw new Error(`${role} ${name} cannot be reached with Tab`);
  }

  /** Signs in on the page that is open, with the keyboard alone. */
  async function signIn(page: Page): Promise<void> {
    expect(await focused(page).getAttribute('name')).toBe('email');
    await page.keyboard.type(service.owner.email);
    await page.keyboard.press('Tab');
    await page.keyboard.type(service.owner.password);
    await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
  }

  async function press(page: Page, name: string): Promise<void> {
    await tabTo(page, 'button', name);
    await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
  }

  const heading = (page: Page) => page.getByRole('heading', { level: 1 }).textContent();

  it('DS10 approves a pyx login with the keyboard', async () => {
    const uuid = randomUUID();
    const poll = () =>
      fetch(`${service.url}/auth/cli/status/${uuid}`, { headers: { 'User-Agent': 'uv/0.12.6 {}' } });
    const waiting = poll();
    const page = await open();
    await page.goto(`${service.url}/auth/cli/login/${uuid}`);
    await signIn(page);
    expect(await heading(page)).toBe('Let uv 0.12.6 log in?');
    await press(page, 'Approve');
    expect(await heading(page)).toBe('You are logged in');
    const answer = await waiting;
    expect(answer.status).toBe(200);
    expect(Object.keys((await answer.json()) as object)).toEqual(['access_token', 'refresh_token']);
    await page.goto(`${service.url}/auth/cli/login/${uuid}`);
    expect(await heading(page)).toBe('This login has ended');
  });

  it('denies a pyx login, which ends the wait of the program', async () => {
    const uuid = randomUUID();
    const waiting = fetch(`${service.url}/auth/cli/status/${uuid}`);
    const page = await open();
    await page.goto(`${service.url}/auth/cli/login/${uuid}`);
    await signIn(page);
    await press(page, 'Deny');
    expect(await heading(page)).toBe('Login denied');
    expect((await waiting).status).toBe(403);
  });

  it.each([
    ['127.0.0.1', false],
    ['127.0.0.1', true],
    ['[::1]', false],
  ])('approves an OAuth login that returns to %s (scripts: %s)', async (host, scripts) => {
    const verifier = randomBytes(32).toString('base64url');
    const callback = createServer((_request, response) => response.end('<h1>back in the program</h1>'));
    callback.listen(0, host.replace(/[[\]]/g, ''));
    await once(callback, 'listening');
    try {
      const redirect = `http://${host}:${(callback.address() as AddressInfo).port}/callback`;
      const arrived = once(callback, 'request');
      const query = new URLSearchParams({
        response_type: 'code',
        client_id: 'pkgauth',
        redirect_uri: redirect,
        scope: 'openid offline_access channel:read',
        state: 'a state',
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
      });
      const page = await open({ scripts });
      // The callback on [::1] is no address of the service either.
      page.removeAllListeners('request');
      await page.goto(`${service.url}/oauth2/authorize?${query}`);
      await signIn(page);
      expect(await page.textContent('main')).toContain(new URL(redirect).origin);
      await tabTo(page, 'button', 'Approve');
      await page.keyboard.press('Enter');
      const [request] = (await arrived) as [{ url: string }];
      const answer = new URL(request.url, redirect).searchParams;
      expect(answer.get('state')).toBe('a state');
      expect(answer.get('iss')).toBe(service.url);
      const tokens = await fetch(`${service.url}/oauth2/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          client_id: 'pkgauth',
          redirect_uri: redirect,
          code: answer.get('code') ?? '',
          code_verifier: verifier,
        }),
      });
      expect([tokens.status, await tokens.json()]).toMatchObject([200, { token_type: 'Bearer' }]);
    } finally {
      callback.closeAllConnections();
      callback.close();
    }
  });

  it('OA22 DS10 connects a device with the keyboard: the code of the link is filled in, a click is still needed', async () => {
    const begun = await fetch(`${service.url}/oauth2/device/code`, {
      method: 'POST',
      headers: { 'User-Agent': 'pixi/0.70.2' },
      body: new URLSearchParams({ client_id: 'pixi', scope: 'openid offline_access channel:read' }),
    });
    const device = (await begun.json()) as Record<string, string>;
    const page = await open({ width: 390 });
    await page.goto(device['verification_uri_complete'] ?? '');
    await signIn(page);
    expect(await focused(page).inputValue()).toBe(device['user_code']);
    await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
    expect(await page.textContent('.user-code')).toBe(device['user_code']);
    const redeem = () =>
      fetch(`${service.url}/oauth2/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
          client_id: 'pixi',
          device_code: device['device_code'] ?? '',
        }),
      });
    expect(await (await redeem()).json()).toMatchObject({ error: 'authorization_pending' });
    await press(page, 'Approve');
    expect(await heading(page)).toBe('You are logged in');
    // Not faster than the interval that the service asked for.
    await new Promise((resolve) => setTimeout(resolve, 5_500));
    expect((await redeem()).status).toBe(200);
  });

  it('signs in by a one-time link and makes an API key that works', async () => {
    const { url } = await service.admin(['user', 'sign-in-link', service.owner.email]);
    const page = await open({ width: 390 });
    await page.goto(String(url));
    expect(await focused(page).textContent()).toBe('Sign in');
    await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
    expect(await heading(page)).toBe('Hello, Olive Owner');
    await tabTo(page, 'textbox', 'Name');
    await page.keyboard.type('From the browser');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowUp');
    await press(page, 'Create API key');
    const key = /pka_\w+/.exec((await page.textContent('main')) ?? '')?.[0];
    const whoami = await fetch(`${service.url}/api/v1/whoami`, {
      headers: { Authorization: `Bearer ${key}` },
    });
    expect([whoami.status, await whoami.json()]).toMatchObject([
      200,
      { user: { email: service.owner.email } },
    ]);
    await press(page, 'Revoke From the browser');
    const after = await fetch(`${service.url}/api/v1/whoami`, {
      headers: { Authorization: `Bearer ${key}` },
    });
    expect(after.status).toBe(401);
    await press(page, 'Sign out');
    await page.goBack();
    expect(await heading(page)).toBe('Sign in');
  });

  it('DS10 has a language, one main heading and a name for every control on every page', async () => {
    const page = await open();
    await page.goto(`${service.url}/sign-in`);
    const check = async (): Promise<void> => {
      expect(await page.locator('html').getAttribute('lang')).toBe('en');
      expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
      expect(await page.getByRole('main').count()).toBe(1);
      for (const control of await page
        .locator('input:not([type=hidden],[aria-hidden]):visible, select:visible, button:visible, a:visible')
        .all()) {
        const snapshot = await control.ariaSnapshot();
        expect(snapshot).toMatch(/^- (textbox|combobox|button|link) "[^"]+"/);
      }
    };
    await check();
    await page.goto(`${service.url}/`);
    await signIn(page);
    await check();
    for (const path of ['/activate', '/nowhere', '/errors/forbidden', `/auth/cli/login/${randomUUID()}`]) {
      await page.goto(service.url + path);
      await check();
    }
  });
});
