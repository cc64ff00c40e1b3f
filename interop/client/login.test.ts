import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hangingDbus, type RunningProcess, run, startProcess } from '@pkgauth/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { settleInBrowser } from '../support/browser.ts';
import { builtClient } from '../support/client.ts';
import { approveDevice, FormBrowser } from '../support/forms.ts';
import { emptyHome, type Home } from '../support/home.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let browser: FormBrowser;
const homes: Home[] = [];

beforeAll(async () => {
  service = await startService();
  browser = new FormBrowser(service.url);
  await browser.signIn(service.owner);
});
afterAll(async () => {
  for (const home of homes) home[Symbol.dispose]();
  await service?.[Symbol.asyncDispose]();
});

const home = (): Home => {
  const made = emptyHome();
  homes.push(made);
  return made;
};

/** Programs that stand for a browser: they write the address down and end. */
const openerOf = ({ path }: Home): { env: Record<string, string>; address(): string } => {
  const script = join(path, 'opener');
  const file = join(path, 'opened');
  writeFileSync(script, `#!/bin/sh\nprintf %s "$1" > '${file}'\n`);
  chmodSync(script, 0o755);
  return { env: { BROWSER: script }, address: () => readFileSync(file, 'utf8') };
};

/** Answers the approval page and follows the way back to the program, as a browser without scripts does. */
const settle = async (address: string, decision: 'approve' | 'deny'): Promise<string> => {
  const asked = await browser.visit(address);
  const action = /action="(\/oauth2\/interaction\/[^"]+)"/.exec(asked)?.[1] ?? '';
  const moment = await browser.submit(action, { decision });
  const onward = /http-equiv="refresh" content="0; url=([^"]+)"/.exec(moment)?.[1] ?? '';
  return browser.visit(onward.replaceAll('&amp;', '&'));
};

const start = (
  place: Home,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<RunningProcess> =>
  startProcess(process.execPath, [builtClient(), ...args], {
    env: { ...place.env, ...env },
    cwd: place.path,
  });
const client = (place: Home, args: readonly string[], input?: string) =>
  run(process.execPath, [builtClient(), ...args], {
    env: place.env,
    cwd: place.path,
    ...(input === undefined ? {} : { input }),
  });

/** Logs in by a code that is approved on the page. */
const loginByDevice = async (place: Home) => {
  await using running = await start(place, ['login', service.url, '--device']);
  const [, code = ''] = await running.waitFor(/\n {2}([A-Z]{4}-[A-Z]{4})\n/);
  await approveDevice(browser, code);
  const { code: exit, stderr } = await running.ended;
  expect(exit, stderr).toBe(0);
};

const token = async (place: Home): Promise<string> =>
  (await client(place, ['token', service.url])).stdout.trimEnd();
const statusWith = async (accessToken: string): Promise<number> =>
  (await fetch(`${service.url}/api/v1/whoami`, { headers: { authorization: `Bearer ${accessToken}` } }))
    .status;

describe('pkgauth login', () => {
  it('in the browser: the person approves on the page, and is logged in', async () => {
    const place = home();
    const opener = openerOf(place);
    await using running = await start(place, ['login', service.url, '--browser'], opener.env);
    await running.waitFor(/Waiting for the browser/);
    expect(await settle(opener.address(), 'approve')).toContain('You are logged in');
    const { code, stdout, stderr } = await running.ended;
    expect([code, stdout], stderr).toEqual([0, '']);
    expect(stderr).toContain(`Logged in to ${new URL(service.url).host} as ${service.owner.email}\n`);
    expect(await statusWith(await token(place))).toBe(200);
  });

  it('denied in the browser: exit code 5, nothing stored', async () => {
    const place = home();
    const opener = openerOf(place);
    await using running = await start(place, ['login', service.url, '--browser'], opener.env);
    await running.waitFor(/Waiting for the browser/);
    expect(await settle(opener.address(), 'deny')).toContain('did not succeed');
    expect(await running.ended).toMatchObject({ code: 5, stdout: '' });
    expect((await client(place, ['status', service.url])).code).toBe(4);
  });

  it('in Chromium: signs in, approves, and sees the program say so', async () => {
    const place = home();
    const opener = openerOf(place);
    await using running = await start(place, ['login', service.url, '--browser'], opener.env);
    await running.waitFor(/Waiting for the browser/);
    expect(await settleInBrowser(opener.address(), service.owner)).toContain('You are logged in');
    expect((await running.ended).code).toBe(0);
    expect((await client(place, ['whoami', service.url])).stdout).toContain(service.owner.email);
  });

  it('by code: the code on the page is the one in the terminal', async () => {
    const place = home();
    await loginByDevice(place);
    const who = await client(place, ['whoami', service.url, '--json']);
    expect(JSON.parse(who.stdout)).toMatchObject({
      user: { email: service.owner.email },
      organizations: [{ slug: 'acme', role: 'owner' }],
    });
  });

  it('with an API key, which is verified; a foreign or revoked one is refused', async () => {
    const place = home();
    const key = await service.apiKey();
    expect((await client(place, ['login', service.url, '--token-stdin'], `${key}\n`)).code).toBe(0);
    expect(await statusWith(await token(place))).toBe(200);
    const other = home();
    const unknown = await client(other, ['login', service.url, '--token-stdin'], 'eyJhbGciOiJub25lIn0.e30.x');
    expect(unknown).toMatchObject({ code: 5, stdout: '' });
    expect((await client(other, ['list'])).stdout).toBe('');
  });

  it('N12 CS16 with a keyring that hangs: kept in the file, which is said, and nothing waits for it again', async () => {
    const place = home();
    await using bus = await hangingDbus();
    const env = { ...place.env, DBUS_SESSION_BUS_ADDRESS: bus.address };
    const call = (args: string[], input = '') =>
      run(process.execPath, [builtClient(), ...args], { env, cwd: place.path, input, timeout: 20_000 });
    const login = await call(['login', service.url, '--token-stdin'], await service.apiKey());
    expect(login.code, login.stderr).toBe(0);
    expect(login.stderr).toMatch(/^pkgauth: not kept in os-keyring: .+\n/);
    expect(login.stderr).toContain('Stored in the file');
    const asked = bus.connections;
    expect((await call(['token', service.url])).code).toBe(0);
    expect((await call(['helper', 'keyring', 'get', service.url, '__token__'])).code).toBe(0);
    expect(bus.connections).toBe(asked);
  });

  it('LF14 in CI: exit code 4 and the variables to set, which then work', async () => {
    const place = home();
    await using running = await start(place, ['login', service.url], { CI: 'true', DISPLAY: ':0' });
    const { code, stderr } = await running.ended;
    expect(code).toBe(4);
    expect(stderr).toContain(`PKGAUTH_URL=${service.url} and PKGAUTH_TOKEN`);
    const env = { ...place.env, CI: 'true', PKGAUTH_URL: service.url, PKGAUTH_TOKEN: await service.apiKey() };
    const who = await run(process.execPath, [builtClient(), 'whoami', service.url], { env, cwd: place.path });
    expect(who.stdout).toContain(service.owner.email);
  });

  it.each([
    ['--browser', /Waiting for the browser/],
    ['--device', /Waiting for your approval/],
  ])('LF13 Ctrl-C during %s: exit code 130, nothing stored, nobody listens', async (way, waiting) => {
    const place = home();
    const opener = openerOf(place);
    await using running = await start(place, ['login', service.url, way], opener.env);
    await running.waitFor(waiting);
    running.signal('SIGINT');
    const { code, stderr } = await running.ended;
    expect(code).toBe(130);
    expect(stderr).toContain('pkgauth: error: interrupted');
    expect((await client(place, ['list'])).stdout).toBe('');
    if (way === '--device') return;
    const callback = new URL(opener.address()).searchParams.get('redirect_uri') ?? '';
    await expect(fetch(callback)).rejects.toThrow();
  });

  it('LF13 a password that is asked for is not shown, and Ctrl-C gives the terminal its echo back', async () => {
    const place = home();
    const command = `'${process.execPath}' '${builtClient()}' login ${service.url}/simple/x --username ada --no-verify; stty -a | grep -ow -- -*echo`;
    const typed = await run('script', ['-qec', command, '/dev/null'], {
      env: place.env,
      cwd: place.path,
      input: 'canary-7f3a\r',
    });
    expect(typed.stdout).toContain('Password: ');
    expect(typed.stdout).toContain('Stored in');
    expect(typed.stdout).toMatch(/(?<!-)\becho\b/);
    expect(typed.stdout.replace(/^canary-7f3a\s/, '')).not.toContain('canary-7f3a');
  });
});

describe('pkgauth logout', () => {
  it('N12 after it the access token works nowhere, and the login is gone from this machine', async () => {
    const place = home();
    await loginByDevice(place);
    const accessToken = await token(place);
    expect(await statusWith(accessToken)).toBe(200);
    expect(await client(place, ['logout', service.url])).toMatchObject({ code: 0, stdout: '' });
    expect(await statusWith(accessToken)).toBe(401);
    expect((await client(place, ['token', service.url])).code).toBe(4);
  });

  it('ends this login only', async () => {
    const [one, two] = [home(), home()];
    await loginByDevice(one);
    await loginByDevice(two);
    await client(one, ['logout', service.url]);
    expect((await client(two, ['whoami', service.url])).code).toBe(0);
  });

  it('a second login on the same machine ends the first', async () => {
    const place = home();
    await loginByDevice(place);
    const first = await token(place);
    await loginByDevice(place);
    expect(await statusWith(first)).toBe(401);
    expect(await statusWith(await token(place))).toBe(200);
  });

  it('LF25 without the service: the login is removed, exit code 7', async () => {
    const place = home();
    await loginByDevice(place);
    const file = join(place.path, '.local/share/pkgauth/credentials.json');
    const nowhere = 'http://127.0.0.1:9';
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(service.url, nowhere), { mode: 0o600 });
    const { code, stderr } = await client(place, ['logout', nowhere]);
    expect(code).toBe(7);
    expect(stderr).toContain('the session at 127.0.0.1:9 could not be ended');
    expect((await client(place, ['list'])).stdout).toBe('');
  });
});

describe('pkgauth api-key', () => {
  it('makes a key that works, lists it, and ends it at once', async () => {
    const place = home();
    await loginByDevice(place);
    const made = await client(place, [
      'api-key',
      'create',
      '--organization',
      'acme',
      '--validity',
      '7',
      '--name',
      'mine',
      '--json',
    ]);
    const { id, key } = JSON.parse(made.stdout) as { id: string; key: string };
    expect(await statusWith(key)).toBe(200);
    const listed = await client(place, ['api-key', 'list']);
    expect(listed.stdout).toMatch(new RegExp(`^${id} +acme +mine `, 'm'));
    expect(listed.stdout).not.toContain(key);
    expect((await client(place, ['api-key', 'revoke', id])).code).toBe(0);
    expect(await statusWith(key)).toBe(401);
  });

  it('AK08 a key makes no keys: exit code 8 and who may', async () => {
    const place = home();
    await client(place, ['login', service.url, '--token-stdin'], await service.apiKey());
    expect(await client(place, ['api-key', 'create', '--organization', 'acme'])).toMatchObject({
      code: 8,
      stdout: '',
      stderr: expect.stringContaining('log in as yourself'),
    });
  });
});
