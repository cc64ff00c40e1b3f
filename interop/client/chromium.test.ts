import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeWith, startProcess } from '@pkgauth/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { settleInBrowser } from '../support/browser.ts';
import { builtClient } from '../support/client.ts';
import { type Demo, startDemo } from '../support/demo.ts';
import type { Home } from '../support/home.ts';
import { statusFor } from '../support/service.ts';

/** The whole of it as a person lives through it: log in in a browser, look, use, log out, and be refused. */
describeWith(['chromium'], 'pkgauth with the real browser', () => {
  let demo: Demo;
  beforeAll(async () => {
    demo = await startDemo();
  });
  afterAll(() => demo?.[Symbol.asyncDispose]());

  const start = (home: Home, way: string, env: Record<string, string> = {}) =>
    startProcess(process.execPath, [builtClient(), 'login', demo.service.url, way], {
      env: { ...home.env, ...env },
      cwd: home.path,
    });

  const logInByBrowser = async (home: Home) => {
    const [script, file] = [join(home.path, 'opener'), join(home.path, 'opened')];
    writeFileSync(script, `#!/bin/sh\nprintf %s "$1" > '${file}'\n`);
    chmodSync(script, 0o755);
    await using running = await start(home, '--browser', { BROWSER: script });
    await running.waitFor(/Waiting for the browser/);
    const page = await settleInBrowser(readFileSync(file, 'utf8'), demo.service.owner);
    expect(page).toContain('You can close this tab');
    return await running.ended;
  };
  const logInByDevice = async (home: Home) => {
    await using running = await start(home, '--device');
    const [page] = await running.waitFor(/http:\/\/127\.0\.0\.1:\d+\/activate\?user_code=\S+/);
    await settleInBrowser(page, demo.service.owner);
    return await running.ended;
  };

  it.each([
    ['--browser', logInByBrowser],
    ['--device', logInByDevice],
  ] as const)('login %s, whoami, status, list, token, logout, and refusal after', async (_way, logIn) => {
    const home = demo.emptyHome();
    const { url, owner } = demo.service;
    const { code, stdout, stderr } = await logIn(home);
    expect([code, stdout], stderr).toEqual([0, '']);
    expect(stderr).toContain(`as ${owner.email}`);

    const json = async (...args: string[]) =>
      JSON.parse((await home.pkgauth([...args, '--json'])).stdout) as Record<string, unknown>;
    expect(await json('whoami', url)).toMatchObject({
      user: { email: owner.email },
      organizations: [{ slug: 'acme', role: 'owner' }],
    });
    expect(await json('status', url)).toMatchObject({
      services: [{ state: 'logged-in', entries: [{ kind: 'session', refreshes: true, active: true }] }],
    });
    expect(await json('list')).toMatchObject({ entries: [{ service: `${url}/`, kind: 'session' }] });
    const token = (await home.pkgauth(['token', url])).stdout.trim();
    expect(await statusFor(url, token)).toBe(200);

    expect((await home.pkgauth(['logout', url])).code).toBe(0);
    expect(await statusFor(url, token)).toBe(401);
    expect((await home.pkgauth(['status', url])).code).toBe(4);
    const after = await home.pkgauth(['whoami', url]);
    expect(after.code).toBe(4);
    expect(after.stderr).toContain(`pkgauth login ${new URL(url).host}`);
  });
});
