import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeWith, makeWheel, type ProcessResult, pythonTool } from '@pkgauth/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Demo, installedIn, siteOf } from '../support/demo.ts';
import { prepareRefusals, type Reason, type Refusal, type Refusals } from './refused.ts';

/** What we say: the status and title, and the sentence for a read and for an upload. */
type Words = { status: number; title: string; read: string; upload: string };
const same = (status: number, title: string, sentence: string): Words => ({
  status,
  title,
  read: sentence,
  upload: sentence,
});

const words = {
  'no credential': {
    ...same(401, 'Login needed', 'A credential is needed here'),
    upload: 'The user name must be __token__, with an API key or access token as the password',
  },
  'mistyped key': same(401, 'Credential malformed', 'The API key is cut off or mistyped'),
  'expired key': same(401, 'Credential expired', 'The API key has expired'),
  'expired token': same(401, 'Credential expired', 'The access token has expired'),
  'revoked key': same(401, 'Credential revoked', 'The API key was revoked'),
  'another organization': {
    ...same(404, 'Not found', 'there is no registry other/packages'),
    read: 'no index other/main is here that this credential may know of',
  },
  'absent view': {
    ...same(404, 'Not found', 'there is no registry acme/absent'),
    read: 'no index acme/absent is here that this credential may know of',
  },
  'view that is not granted': {
    ...same(403, 'Not allowed', 'this credential may not upload to acme/packages'),
    read: 'this credential may not read acme/main; an administrator of acme can allow it',
  },
  'ended subscription': {
    ...same(402, 'Subscription ended', 'the subscription of this organization has ended'),
    read: 'the subscription of lapsed has ended; an owner of it can renew it',
  },
} as const satisfies Record<Reason, Words>;
const table = Object.entries(words) as [Reason, Words][];

const pips = ['26.3', '23.2.1'] as const;
const uvs = ['0.13.9', '0.12.6'] as const;
const environments = [
  'python/pip-26.3',
  'python/pip-23.2.1',
  'python/uv-0.13.9',
  'python/uv-0.12.6',
  'python/twine',
] as const;
const pip = (version: string) => pythonTool(`pip-${version}`, 'pip');
const uv = (version: string) => pythonTool(`uv-${version}`, 'uv');
const quietly = ['--no-cache-dir', '--disable-pip-version-check', '--no-input', 'install'];

const userOf = ({ username, password }: Refusal) => (username === '' ? '' : `${username}:${password}@`);
/** In one line, without the frames that uv and twine draw. */
const shown = ({ stdout, stderr }: ProcessResult) => (stdout + stderr).replaceAll(/[\s│]+/g, ' ');

/** What each client shows; user-needs: where it can show our sentence, it does. */
describeWith(environments, 'a refusal', () => {
  let refusals: Refusals;
  let demo: Demo;
  beforeAll(async () => {
    refusals = await prepareRefusals();
    demo = refusals.demo;
  });
  afterAll(() => refusals?.[Symbol.asyncDispose]());

  const refused = async (refusal: Refusal, command: string, args: string[]): Promise<string> => {
    const home = demo.emptyHome();
    const answer = await home.run(command, [...args, '--target', siteOf(home)]);
    expect(answer.code, answer.stdout).not.toBe(0);
    expect(await installedIn(home)).toBeUndefined();
    const text = shown(answer);
    if (refusal.password !== '') expect(text).not.toContain(refusal.password);
    return text;
  };

  it.each(table)('of an index page to pip: %s', async (reason, { status, read }) => {
    const refusal = refusals.of[reason];
    const index = ['--index-url', demo.index(userOf(refusal), refusal.view), 'demo-app'];
    const showTo = async (version: string) => {
      const text = await refused(refusal, pip(version), [...quietly, ...index]);
      expect(text).toContain('No matching distribution found for demo-app');
      // pip shows nothing of what we say, and only the newer one that it was the credential.
      expect(text).not.toContain(read);
      const warns = version === '26.3' && status === 401 && refusal.password !== '';
      expect(text.includes('WARNING: 401 Error, Credentials not correct for')).toBe(warns);
    };
    await Promise.all(pips.map(showTo));
  });

  it.each(table)('of an index page to uv: %s', async (reason, { status, title, read }) => {
    const refusal = refusals.of[reason];
    const index = ['--default-index', demo.index(userOf(refusal), refusal.view), 'demo-app'];
    const expected = {
      401: 'could not be queried due to a lack of valid authentication credentials (401 Unauthorized)',
      402: `Server message: ${title}, ${read}`,
      403: 'returned a 403 Forbidden error. Check that the index URL is correct and the credentials are valid.',
      404: 'demo-app was not found in the package registry',
    }[status];
    for (const version of uvs) {
      const text = await refused(refusal, uv(version), ['pip', 'install', '--no-cache', ...index]);
      expect(text).toContain(expected);
    }
  });

  it.each(table)('of a file: %s', async (reason, { status, title, read }) => {
    const refusal = refusals.of[reason];
    const wheel = 'demo-lib/demo_lib-2.1-py3-none-any.whl';
    const url = demo.index(userOf(refusal), refusal.view) + wheel;
    const showToPip = async (version: string) => {
      const text = await refused(refusal, pip(version), [...quietly, '--no-index', url]);
      expect(text).toContain(`HTTP error ${status} Client Error: ${read} for url`);
    };
    await Promise.all(pips.map(showToPip));
    for (const version of uvs) {
      const direct = ['pip', 'install', '--no-cache', '--no-index', `demo-lib @ ${url}`];
      const text = await refused(refusal, uv(version), direct);
      expect(text).toContain(`HTTP status client error (${status} ${read})`);
      if (status === 403 || status === 404) expect(text).toContain(`Server message: ${title}, ${read}`);
    }
  });

  it.each(table)('of an upload: %s', async (reason, { status, title, upload }) => {
    const refusal = refusals.of[reason];
    const home = demo.emptyHome();
    const { filename, content } = makeWheel({ name: 'demo-upload', version: '1.0' });
    const file = join(home.path, filename);
    mkdirSync(home.path, { recursive: true });
    writeFileSync(file, content);
    const registry = refusal.view.replace('main', 'packages');
    const target = `${demo.service.url}/v1/upload/${registry}`;
    // twine cannot go without a credential.
    const twineUser = { TWINE_USERNAME: 'nobody', TWINE_PASSWORD: 'nothing' };
    const given = { TWINE_USERNAME: refusal.username, TWINE_PASSWORD: refusal.password };
    const quiet = ['--non-interactive', '--disable-progress-bar', '--repository-url', target];
    const env = refusal.username === '' ? twineUser : given;
    const twine = await home.run(pythonTool('twine', 'twine'), ['upload', ...quiet, file], env);
    expect(twine.code).toBe(1);
    expect(shown(twine)).toMatch(new RegExp(`HTTPError: ${status} .* from ${target}`));
    expect(shown(twine)).toContain(upload);
    const byUv = refusal.username === '' ? 'Missing credentials for' : `Server message: ${title}, ${upload}`;
    for (const version of uvs) {
      const how = ['publish', '--trusted-publishing', 'never', '--publish-url', target, file];
      const { username, password } = refusal;
      const user = { UV_PUBLISH_USERNAME: username, UV_PUBLISH_PASSWORD: password };
      const published = await home.run(uv(version), how, username === '' ? {} : user);
      expect(published.code).toBe(2);
      expect(shown(published)).toContain(byUv);
      if (password !== '') expect(shown(published) + shown(twine)).not.toContain(password);
    }
  });

  it('and the service itself logged none of the secrets', () => {
    const log = demo.service.log();
    expect(log).toContain('"status":401');
    for (const { password } of Object.values(refusals.of))
      if (password !== '') expect(log).not.toContain(password);
  });
});
