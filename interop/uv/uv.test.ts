import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeWheel, pythonTool, startUpstreamIndex, type UpstreamIndex } from '@pkgauth/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyHome, type Home, loggedInHome } from '../support/home.ts';
import { type Service, startService } from '../support/service.ts';

/** The newest uv has no pyx client: it takes our credentials through the doors that are left (protocols: keyring, text store). */
describe('uv 0.13.9', () => {
  const uv = pythonTool('uv-0.13.9', 'uv');
  let upstream: UpstreamIndex;
  let service: Service;
  let key: string;
  const homes: Home[] = [];

  beforeAll(async () => {
    upstream = await startUpstreamIndex([
      makeWheel({ name: 'demo-app', version: '1.0', requires: ['demo-lib>=2'] }),
      makeWheel({ name: 'demo-lib', version: '2.1' }),
    ]);
    service = await startService({ upstream: upstream.url });
    key = await service.apiKey();
  });
  afterAll(async () => {
    for (const home of homes) home[Symbol.dispose]();
    await service?.[Symbol.asyncDispose]();
    await upstream?.close();
  });

  const kept = (home: Home) => {
    homes.push(home);
    return home;
  };
  const index = (user = '', name = 'acme/main') =>
    `${service.url.replace('//', `//${user}`)}/simple/${name}/`;
  const install = (home: Home, indexUrl: string, ...args: string[]) =>
    home.run(uv, [
      'pip',
      'install',
      'demo-app',
      '--no-cache',
      '--target',
      join(home.path, 'site'),
      '--default-index',
      indexUrl,
      ...args,
    ]);
  const installed = (home: Home) =>
    readFile(join(home.path, 'site/demo_lib/__init__.py'), 'utf8').catch(() => undefined);
  const succeeds = async (home: Home, indexUrl: string, ...args: string[]) => {
    const { code, stderr } = await install(home, indexUrl, ...args);
    expect(code, stderr).toBe(0);
    expect(await installed(home)).toBe('VERSION = "2.1"\n');
  };
  const textStore = (home: Home, content: string) => {
    const directory = join(home.path, '.local/share/uv/credentials');
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'credentials.toml'), content, { mode: 0o600 });
  };

  it('installs through the keyring stand-in, with the user name in the URL', async () => {
    await succeeds(
      kept(await loggedInHome(service, key)),
      index('__token__@'),
      '--keyring-provider',
      'subprocess',
    );
  });

  it('installs through the keyring stand-in without any user name, as pkgauth setup uv configures it', async () => {
    const home = kept(await loggedInHome(service, key));
    const setup = await home.pkgauth(['setup', 'uv', '--index', index(), '--yes']);
    expect(setup.code, setup.stderr).toBe(0);
    const { code, stderr } = await home.run(uv, [
      'pip',
      'install',
      'demo-app',
      '--no-cache',
      '--target',
      join(home.path, 'site'),
    ]);
    expect(code, stderr).toBe(0);
    expect(await installed(home)).toBe('VERSION = "2.1"\n');
  });

  it('installs from credentials.toml: Basic and Bearer', async () => {
    const basic = kept(emptyHome());
    textStore(
      basic,
      `[[credential]]\nservice = "${service.url}/"\nusername = "__token__"\nscheme = "basic"\npassword = "${key}"\n`,
    );
    await succeeds(basic, index());
    const bearer = kept(emptyHome());
    textStore(bearer, `[[credential]]\nservice = "${service.url}/"\nscheme = "bearer"\ntoken = "${key}"\n`);
    await succeeds(bearer, index());
  });

  it("installs from what pkgauth login wrote into uv's own store", async () => {
    const home = kept(emptyHome());
    const login = await home.pkgauth(['login', service.url, '--token-stdin', '--store', 'uv'], key);
    expect(login.code, login.stderr).toBe(0);
    await succeeds(home, index());
    const printed = await home.run(uv, ['auth', 'token', service.url]);
    expect(printed.stdout.trim()).toBe(key);
    expect((await home.pkgauth(['logout', service.url])).code).toBe(0);
    expect((await home.run(uv, ['auth', 'token', service.url])).code).toBe(2);
  });

  it('installs after uv auth login --token, and pkgauth reads that login', async () => {
    const home = kept(emptyHome());
    const login = await home.run(uv, ['auth', 'login', service.url, '--token', key]);
    expect(login.code, login.stderr).toBe(0);
    await succeeds(home, index());
    const token = await home.pkgauth(['token', service.url]);
    expect(token.code, token.stderr).toBe(0);
    expect(token.stdout).toMatch(/^ey[\w-]+\.[\w-]+\.[\w-]+\n$/);
  });

  it('installs with the key in the URL and from UV_INDEX_* variables', async () => {
    for (const user of [`__token__:${key}@`, `${key}@`]) await succeeds(kept(emptyHome()), index(user));
    const home = kept(emptyHome());
    const { code, stderr } = await home.run(
      uv,
      [
        'pip',
        'install',
        'demo-app',
        '--no-cache',
        '--target',
        join(home.path, 'site'),
        '--index',
        `acme=${index()}`,
      ],
      { UV_INDEX_ACME_USERNAME: '__token__', UV_INDEX_ACME_PASSWORD: key },
    );
    expect(code, stderr).toBe(0);
  });

  describe('is refused, and shows', () => {
    const refused = async (indexUrl: string, ...args: string[]) => {
      const home = kept(emptyHome());
      const { code, stderr, stdout } = await install(home, indexUrl, ...args);
      expect(code).not.toBe(0);
      expect(await installed(home)).toBeUndefined();
      expect(stdout + stderr).not.toContain(key);
      return stderr;
    };

    it('no credential: that authentication is missing', async () => {
      expect(await refused(index())).toContain('lack of valid authentication credentials (401 Unauthorized)');
    });
    it('a mistyped key', async () => {
      expect(await refused(index(`__token__:${key.slice(0, -1)}@`))).toContain(
        'lack of valid authentication credentials',
      );
    });
    it('another organization and another view: not found', async () => {
      expect(await refused(index(`__token__:${key}@`, 'other/main'))).toContain(
        'was not found in the package registry',
      );
      expect(await refused(index(`__token__:${key}@`, 'acme/absent'))).toContain(
        'was not found in the package registry',
      );
    });
    it('an ended subscription: our own sentence (402)', async () => {
      await service.admin(['org', 'add', 'lapsed', '--owner', service.owner.email]);
      await service.admin(['registry', 'add', 'lapsed/pypi', '--kind', 'pypi', '--upstream', upstream.url]);
      await service.admin([
        'subscription',
        'set',
        'lapsed',
        '--plan',
        'team',
        '--seats',
        '5',
        '--ends',
        '2020-01-01T00:00:00Z',
      ]);
      const lapsedKey = await service.apiKey({ organization: 'lapsed' });
      const message = await refused(index(`__token__:${lapsedKey}@`, 'lapsed/main'));
      expect(message).toContain('Server message: Subscription ended');
    });
    it('through the stand-in without a login: the one command that helps, once', async () => {
      const home = kept(emptyHome());
      await home.pkgauth(['setup', 'keyring', '--dir', join(home.path, 'bin')]);
      const { code, stderr } = await install(home, index('__token__@'), '--keyring-provider', 'subprocess');
      expect(code).not.toBe(0);
      expect(stderr).not.toContain('Traceback');
    });
  });
});
