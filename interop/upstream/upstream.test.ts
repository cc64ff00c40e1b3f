import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describeWith, pythonTool } from '@pkgauth/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findUpstream } from '../../scripts/find-upstream.ts';
import { emptyHome, type Home, loggedInHome } from '../support/home.ts';
import { type Service, startService } from '../support/service.ts';

/** The index that this machine is configured with, as `npm start` finds it. */
const upstream = findUpstream({ own: 'http://127.0.0.1' });
const packages = ['requests', 'urllib3', 'certifi', 'idna', 'charset_normalizer'];

/** A real package and its dependencies, from a real index, through the service. */
describeWith(['python/pip-26.3', 'python/uv-0.13.9'], 'a real package through the service', () => {
  let service: Service;
  let key: string;
  const homes: Home[] = [];
  const kept = (home: Home) => {
    homes.push(home);
    return home;
  };
  beforeAll(async () => {
    if (upstream === undefined)
      throw new Error('this machine has no package index: set PKGAUTH_PYPI_UPSTREAM');
    service = await startService({ upstream, built: true });
    key = await service.apiKey();
  });
  afterAll(async () => {
    for (const home of homes) home[Symbol.dispose]();
    await service?.[Symbol.asyncDispose]();
  });
  const index = (user = '') => `${service.url.replace('//', `//${user}`)}/simple/acme/main/`;
  const isInstalled = (home: Home) => {
    for (const name of packages) expect(existsSync(join(home.path, 'site', name)), name).toBe(true);
  };

  it('is installed by uv through the keyring stand-in', async () => {
    const home = kept(await loggedInHome(service, key));
    const how = ['--keyring-provider', 'subprocess', '--default-index', index('__token__@')];
    const place = ['--no-cache', '--target', join(home.path, 'site')];
    const install = ['pip', 'install', 'requests', ...place, ...how];
    const { code, stderr } = await home.run(pythonTool('uv-0.13.9', 'uv'), install);
    expect(code, stderr).toBe(0);
    isInstalled(home);
  });

  it('is installed by pip, and works', async () => {
    const home = kept(emptyHome());
    const place = ['--no-cache-dir', '--target', join(home.path, 'site')];
    const how = ['--no-input', '--index-url', index(`__token__:${key}@`)];
    const { code, stderr } = await home.run(pythonTool('pip-26.3', 'pip'), [
      'install',
      ...place,
      ...how,
      'requests',
    ]);
    expect(code, stderr).toBe(0);
    isInstalled(home);
    const program = 'import requests; print(requests.get("http://127.0.0.1:1", timeout=1))';
    const env = { PYTHONPATH: join(home.path, 'site') };
    const used = await home.run(pythonTool('pip-26.3', 'python'), ['-c', program], env);
    expect(used.stderr).toContain('requests.exceptions.ConnectionError');
  });
});
