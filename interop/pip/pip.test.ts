import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeWheel, pythonTool, startUpstreamIndex, type UpstreamIndex } from '@pkgauth/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyHome, type Home, loggedInHome } from '../support/home.ts';
import { type Service, startService } from '../support/service.ts';

describe.each(['26.3', '23.2.1'])('pip %s', (version) => {
  const pip = pythonTool(`pip-${version}`, 'pip');
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
    service.url.replace('//', `//${user}`) + `/simple/${name}/`;
  const install = (home: Home, indexUrl: string, provider: string, requirement = 'demo-app') =>
    home.run(pip, [
      '--no-cache-dir',
      '--disable-pip-version-check',
      '--no-input',
      '--keyring-provider',
      provider,
      'install',
      '--target',
      join(home.path, 'site'),
      '--index-url',
      indexUrl,
      requirement,
    ]);
  const installed = (home: Home) =>
    readFile(join(home.path, 'site/demo_lib/__init__.py'), 'utf8').catch(() => undefined);

  it('installs through the keyring stand-in, user name in the URL', async () => {
    const home = kept(await loggedInHome(service, key));
    const { code, stderr, stdout } = await install(home, index('__token__@'), 'subprocess');
    expect(code, stderr + stdout).toBe(0);
    expect(await installed(home)).toBe('VERSION = "2.1"\n');
  });

  it('installs from netrc', async () => {
    const home = kept(emptyHome());
    await writeFile(join(home.path, '.netrc'), `machine 127.0.0.1 login __token__ password ${key}\n`, {
      mode: 0o600,
    });
    const { code, stderr } = await install(home, index(), 'disabled');
    expect(code, stderr).toBe(0);
    expect(await installed(home)).toBeDefined();
  });

  it('installs with credentials in the URL: U7 Basic __token__, and the key as user name', async () => {
    for (const user of [`__token__:${key}@`, `${key}:@`, `${key}@`]) {
      const home = kept(emptyHome());
      const { code, stderr } = await install(home, index(user), 'disabled');
      expect(code, stderr).toBe(0);
      expect(await installed(home)).toBeDefined();
    }
  });

  describe('is refused, and shows', () => {
    const refused = async (user: string, name = 'acme/main') => {
      const home = kept(emptyHome());
      const { code, stdout, stderr } = await install(home, index(user, name), 'disabled');
      expect(code).toBe(1);
      expect(await installed(home)).toBeUndefined();
      expect(stdout + stderr).not.toContain(key);
      return stderr;
    };
    it('no credential: that it would need a user', async () => {
      expect(await refused('')).toMatch(/User for|401|No matching distribution/);
    });
    it('a mistyped key: 401', async () => {
      expect(await refused(`__token__:${key.slice(0, -1)}@`)).toContain('401 Error, Credentials not correct');
    });
    it('a revoked key: 401', async () => {
      const revoked = await service.apiKey();
      const { keys } = (await service.admin(['api-key', 'list', '--user', service.owner.email])) as {
        keys: { id: string; created_at: string }[];
      };
      const latest = keys.sort((a, b) => (a.created_at < b.created_at ? 1 : -1))[0];
      await service.admin(['api-key', 'revoke', latest?.id ?? '']);
      await expect
        .poll(async () => (await fetch(index(), { headers: { authorization: `Bearer ${revoked}` } })).status)
        .toBe(401);
      expect(await refused(`__token__:${revoked}@`)).toContain('401 Error, Credentials not correct');
    });
    it('another organization and another view: as if there were no such index', async () => {
      expect(await refused(`__token__:${key}@`, 'other/main')).toContain('No matching distribution');
      expect(await refused(`__token__:${key}@`, 'acme/absent')).toContain('No matching distribution');
    });
  });
});
