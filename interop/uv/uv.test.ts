import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeWith, type ProcessResult, pythonTool } from '@pkgauth/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Demo, demoModule, installedIn, siteOf, startDemo } from '../support/demo.ts';
import type { Home } from '../support/home.ts';

/** uv since 0.12.7 has no pyx client: it takes our credentials through the doors that are left. */
describeWith(['python/uv-0.13.9'], 'uv 0.13.9', () => {
  const uv = pythonTool('uv-0.13.9', 'uv');
  let demo: Demo;
  beforeAll(async () => {
    demo = await startDemo();
  });
  afterAll(() => demo?.[Symbol.asyncDispose]());

  const install = (home: Home, options: string[], env?: Record<string, string>) =>
    home.run(uv, ['pip', 'install', 'demo-app', '--no-cache', '--target', siteOf(home), ...options], env);
  const isInstalled = async (home: Home, { code, stdout, stderr }: ProcessResult) => {
    expect(code, stderr).toBe(0);
    expect(await installedIn(home)).toBe(demoModule);
    expect(stdout + stderr).not.toContain(demo.key);
  };
  const installsFrom = async (home: Home, indexUrl: string, ...options: string[]) =>
    isInstalled(home, await install(home, ['--default-index', indexUrl, ...options]));
  const textStore = (home: Home, entry: string) => {
    const directory = join(home.path, '.local/share/uv/credentials');
    mkdirSync(directory, { recursive: true });
    const content = `[[credential]]\nservice = "${demo.service.url}/"\n${entry}\n`;
    writeFileSync(join(directory, 'credentials.toml'), content, { mode: 0o600 });
  };

  it('installs through the keyring stand-in, with the user name in the URL', async () => {
    const home = await demo.loggedInHome();
    await installsFrom(home, demo.index('__token__@'), '--keyring-provider', 'subprocess');
  });

  it('installs with no option at all after pkgauth setup uv --yes', async () => {
    const home = await demo.loggedInHome();
    const setup = await home.pkgauth(['setup', 'uv', '--index', demo.index(), '--yes']);
    expect(setup.code, setup.stderr).toBe(0);
    expect(setup.stderr).toContain('+authenticate = "always"');
    await isInstalled(home, await install(home, []));
    const written = readFileSync(join(home.path, '.config/uv/uv.toml'), 'utf8');
    expect(written).not.toMatch(/__token__|pka_/);
  });

  it('says what is missing when nobody is logged in', async () => {
    const home = demo.emptyHome();
    await home.pkgauth(['setup', 'keyring', '--dir', join(home.path, 'bin')]);
    await home.pkgauth(['setup', 'uv', '--index', demo.index(), '--yes']);
    const { code, stderr } = await install(home, []);
    expect(code).toBe(2);
    expect(stderr).toContain(`Missing credentials for: ${demo.index()}`);
  });

  it('shows the one command that helps, once, when the login was ended', async () => {
    const home = demo.emptyHome();
    const { id, key } = await demo.service.newKey();
    await home.pkgauth(['login', demo.service.url, '--token-stdin'], key);
    await home.pkgauth(['setup', 'keyring', '--dir', join(home.path, 'bin')]);
    await demo.service.revokeKey(id, key);
    const options = ['--default-index', demo.index('__token__@'), '--keyring-provider', 'subprocess'];
    const { code, stderr } = await install(home, options);
    expect(code).toBe(1);
    expect(stderr.split('refuses the API key: it is wrong, expired or revoked')).toHaveLength(2);
    expect(stderr).toContain(
      `make another one, then: pkgauth login ${new URL(demo.service.url).host} --token-stdin`,
    );
    expect(stderr).not.toContain(key);
  });

  it('installs from credentials.toml: Basic', async () => {
    const home = demo.emptyHome();
    textStore(home, `username = "__token__"\nscheme = "basic"\npassword = "${demo.key}"`);
    await installsFrom(home, demo.index());
  });

  it('installs from credentials.toml: Bearer, a key and an access token', async () => {
    const loggedIn = await demo.loggedInHome();
    const token = (await loggedIn.pkgauth(['token', demo.service.url])).stdout.trim();
    for (const bearer of [demo.key, token]) {
      const home = demo.emptyHome();
      textStore(home, `scheme = "bearer"\ntoken = "${bearer}"`);
      await installsFrom(home, demo.index());
    }
  });

  it("installs from what pkgauth login wrote into uv's own store, until pkgauth logout", async () => {
    const home = demo.emptyHome();
    const login = ['login', demo.service.url, '--token-stdin', '--store', 'uv-text'];
    const { code, stderr } = await home.pkgauth(login, demo.key);
    expect(code, stderr).toBe(0);
    await installsFrom(home, demo.index());
    expect((await home.run(uv, ['auth', 'token', demo.service.url])).stdout.trim()).toBe(demo.key);
    const logout = await home.pkgauth(['logout', demo.service.url, '--store', 'uv-text']);
    expect(logout.code, logout.stderr).toBe(0);
    const gone = await home.run(uv, ['auth', 'token', demo.service.url]);
    expect(gone.code).toBe(2);
    expect(gone.stderr).toContain('Failed to fetch credentials');
  });

  it('installs after uv auth login --token, and pkgauth knows that login', async () => {
    const home = demo.emptyHome();
    const login = await home.run(uv, ['auth', 'login', demo.service.url, '--token', demo.key]);
    expect(login.code, login.stderr).toBe(0);
    await installsFrom(home, demo.index());
    const token = await home.pkgauth(['token', demo.service.url]);
    expect(token.stdout, token.stderr).toMatch(/^ey[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const who = await home.pkgauth(['whoami', demo.service.url]);
    expect(who.stdout).toContain(demo.service.owner.email);
    const listed = JSON.parse((await home.pkgauth(['list', '--json'])).stdout) as { entries: object[] };
    expect(listed.entries).toEqual([
      expect.objectContaining({ service: `${demo.service.url}/`, store: 'uv-text' }),
    ]);
  });

  it('installs from netrc', async () => {
    const home = demo.emptyHome();
    const line = `machine 127.0.0.1 login __token__ password ${demo.key}\n`;
    writeFileSync(join(home.path, '.netrc'), line, { mode: 0o600 });
    await installsFrom(home, demo.index());
  });

  it('installs with the key in the URL: U7 as password of __token__, and as user name', async () => {
    for (const user of [`__token__:${demo.key}@`, `${demo.key}@`])
      await installsFrom(demo.emptyHome(), demo.index(user));
  });

  it('installs from UV_INDEX_* variables', async () => {
    const home = demo.emptyHome();
    const env = { UV_INDEX_ACME_USERNAME: '__token__', UV_INDEX_ACME_PASSWORD: demo.key };
    await isInstalled(home, await install(home, ['--index', `acme=${demo.index()}`], env));
  });

  it('answers its own Bazel helper from what pkgauth wrote', async () => {
    const home = demo.emptyHome();
    await home.pkgauth(['login', demo.service.url, '--token-stdin', '--store', 'uv-text'], demo.key);
    const request = ['auth', 'helper', '--protocol=bazel', 'get'];
    const { stdout } = await home.ask(uv, request, JSON.stringify({ uri: demo.index() }));
    const basic = Buffer.from(`__token__:${demo.key}`).toString('base64');
    expect(JSON.parse(stdout)).toEqual({ headers: { Authorization: [`Basic ${basic}`] } });
  });
});
