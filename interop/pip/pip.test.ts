import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeWith, pythonTool } from '@pkgauth/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Demo, demoModule, installedIn, siteOf, startDemo } from '../support/demo.ts';
import type { Home } from '../support/home.ts';

const lockedDown = ['--no-cache-dir', '--disable-pip-version-check', '--no-input', 'install'];

let demo: Demo;
beforeAll(async () => {
  demo = await startDemo();
});
afterAll(() => demo?.[Symbol.asyncDispose]());

const installWith = async (version: string, home: Home, ...options: string[]): Promise<string> => {
  const args = [...lockedDown, ...options, '--target', siteOf(home), 'demo-app'];
  const { code, stdout, stderr } = await home.run(pythonTool(`pip-${version}`, 'pip'), args);
  expect(code, stdout + stderr).toBe(0);
  expect(await installedIn(home)).toBe(demoModule);
  return stdout + stderr;
};

/** Every way in which pip takes a credential; what it shows when it is refused is in ../refusals. */
function installs(version: string): void {
  const succeeds = async (home: Home, ...options: string[]) =>
    expect(await installWith(version, home, ...options)).not.toContain(demo.key);

  it('through the keyring stand-in, with the user name in the URL', async () => {
    const home = await demo.loggedInHome();
    await succeeds(home, '--index-url', demo.index('__token__@'), '--keyring-provider', 'subprocess');
  });

  it('with no option at all after pkgauth setup pip --yes', async () => {
    const home = await demo.loggedInHome();
    const setup = await home.pkgauth(['setup', 'pip', '--index', demo.index(), '--yes']);
    expect(setup.code, setup.stderr).toBe(0);
    expect(setup.stderr).toContain(`+index-url = ${demo.index('__token__@')}`);
    await succeeds(home);
    expect(await readFile(join(home.path, '.config/pip/pip.conf'), 'utf8')).not.toContain(demo.key);
  });

  it('from netrc', async () => {
    const home = demo.emptyHome();
    const line = `machine 127.0.0.1 login __token__ password ${demo.key}\n`;
    await writeFile(join(home.path, '.netrc'), line, { mode: 0o600 });
    await succeeds(home, '--index-url', demo.index());
  });

  it('from the netrc that pkgauth login writes', async () => {
    const home = demo.emptyHome();
    const login = ['login', demo.service.url, '--token-stdin', '--store', 'netrc'];
    const { code, stderr } = await home.pkgauth(login, demo.key);
    expect(code, stderr).toBe(0);
    await succeeds(home, '--index-url', demo.index());
  });

  it.each([
    ['U7 the key as password of __token__', (key: string) => `__token__:${key}@`],
    ['the key as user name', (key: string) => `${key}@`],
  ])('from the URL: %s', async (_name, user) => {
    await succeeds(demo.emptyHome(), '--index-url', demo.index(user(demo.key)));
  });

  // Only then pip takes the user name for no secret, and prints it.
  it('from the URL: the key as user name and an empty password', async () => {
    await installWith(version, demo.emptyHome(), '--index-url', demo.index(`${demo.key}:@`));
  });

  it('from the URL: U7 an access token as password of __token__', async () => {
    const home = await demo.loggedInHome();
    const { stdout } = await home.pkgauth(['token', demo.service.url]);
    await succeeds(demo.emptyHome(), '--index-url', demo.index(`__token__:${stdout.trim()}@`));
  });
}

for (const version of ['26.3', '23.2.1']) {
  describeWith([`python/pip-${version}`], `pip ${version} installs`, () => installs(version));
}

describeWith(['python/pip-26.3'], 'pip 26.3 alone', () => {
  it('installs through the keyring stand-in without any user name', async () => {
    const home = await demo.loggedInHome();
    const options = ['--keyring-provider', 'subprocess', '--index-url', demo.index()];
    expect(await installWith('26.3', home, ...options)).not.toContain(demo.key);
  });
});
