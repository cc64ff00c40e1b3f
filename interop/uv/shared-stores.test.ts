import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Secret } from '@pkgauth/protocol';
import {
  type Environment,
  type ProcessResult,
  pythonTool,
  type RotatingService,
  rotatingService,
  run,
  settingsOfHome,
  startProcess,
  temporaryDirectory,
} from '@pkgauth/testkit';
import { createContext, openChain, resolveCredential } from 'pkgauth';
import { describe, expect, it } from 'vitest';

const programs = new URL('../../packages/testkit/src/programs/', import.meta.url).pathname;
const oldUv = (): string => pythonTool('uv-0.12.6', 'uv');
const newUv = (): string => pythonTool('uv-0.13.9', 'uv');

type Machine = Disposable & {
  readonly home: string;
  readonly env: Environment;
  /** One of our test programs, with one store. */
  ours(store: string, program: string, ...args: string[]): Promise<ProcessResult>;
  uv(executable: string, args: readonly string[], env?: Environment): Promise<ProcessResult>;
};

const machine = (): Machine => {
  const directory = temporaryDirectory();
  const settings = { ...settingsOfHome(directory.path), PATH: '/usr/bin:/bin', BROWSER: 'true' };
  // uv 0.12.6 fails on a PYX_CREDENTIALS_DIR that is set and empty.
  const env = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== ''));
  return {
    home: directory.path,
    env,
    ours: (store, program, ...args) =>
      run(process.execPath, ['--conditions=@pkgauth/source', join(programs, program), ...args], {
        env: { ...env, PKGAUTH_STORE: store },
        timeout: 100_000,
      }),
    uv: (executable, args, more = {}) =>
      run(executable, args, { env: { ...env, ...more }, timeout: 100_000 }),
    [Symbol.dispose]: directory[Symbol.dispose],
  };
};

describe('credentials.toml shared with uv 0.13.9', () => {
  it('CS08 N05 twenty writers at once, uv and ours mixed: all twenty entries are there', async () => {
    using place = machine();
    const hosts = Array.from({ length: 20 }, (_, index) => `https://host-${index}.example.com`);
    const written = await Promise.all(
      hosts.map((host, index) =>
        index % 2 === 0
          ? place.ours('uv-text', 'change-store.ts', 'set', `${host}/`, `secret-${index}`)
          : place.uv(newUv(), ['auth', 'login', host, '-u', 'ada', '--password', `secret-${index}`]),
      ),
    );
    expect(written.map(({ code, stderr }) => (code === 0 ? 'ok' : stderr))).toEqual(Array(20).fill('ok'));
    for (const [index, host] of hosts.entries()) {
      const seenByUv = await place.uv(newUv(), ['auth', 'token', host, '-u', 'ada']);
      expect(seenByUv.stdout.trim(), host).toBe(`secret-${index}`);
    }
    const context = createContext({ settings: place.env });
    for (const [index, host] of hosts.entries()) {
      const credential = (await resolveCredential(context, `${host}/simple/`))?.credential;
      expect(credential?.kind === 'basic' && credential.password.reveal(), host).toBe(`secret-${index}`);
    }
  });

  it('CS09 uv waits for our lock, and we for its limit', async () => {
    using place = machine();
    expect((await place.ours('uv-text', 'change-store.ts', 'set', 'https://h.example.com/', 's')).code).toBe(
      0,
    );
    const lock = join(place.home, '.local/share/uv/credentials/credentials.toml.lock');
    const args = ['--conditions=@pkgauth/source', join(programs, 'hold-lock.ts'), lock, '1000'];
    await using holder = await startProcess(process.execPath, args, { env: place.env });
    await holder.waitFor(/locked/);
    const login = ['auth', 'login', 'https://x.example.com', '-u', 'a', '--password', 'b'];
    const late = await place.uv(newUv(), login, { UV_LOCK_TIMEOUT: '1' });
    expect([late.code, late.stderr]).toEqual([2, expect.stringMatching(/[Tt]imeout .*lock/)]);
    await holder.kill();
    expect((await place.uv(newUv(), login, { UV_LOCK_TIMEOUT: '1' })).code).toBe(0);
  });

  it('CS06 keeps what uv wrote, and uv takes what we wrote', async () => {
    using place = machine();
    await place.uv(newUv(), ['auth', 'login', 'https://a.example.com', '--token', 'token-of-a']);
    const path = join(place.home, '.local/share/uv/credentials/credentials.toml');
    const before = readFileSync(path, 'utf8');
    await place.ours('uv-text', 'change-store.ts', 'set', 'https://b.example.com/', 's');
    expect(readFileSync(path, 'utf8').startsWith(before)).toBe(true);
    await place.ours('uv-text', 'change-store.ts', 'delete', 'https://b.example.com/');
    expect(readFileSync(path, 'utf8')).toBe(before);
    expect((await place.uv(newUv(), ['auth', 'token', 'https://a.example.com'])).stdout).toBe('token-of-a\n');
  });
});

describe('the pyx token directory shared with uv 0.12.6', () => {
  const logIn = async (place: Machine, service: RotatingService): Promise<void> => {
    const tokens = service.login();
    const context = createContext({ settings: { ...place.env, PKGAUTH_STORE: 'pyx-tokens' } });
    await (await openChain(context)).save(service.url, {
      kind: 'session',
      accessToken: new Secret(tokens.access_token),
      refreshToken: new Secret(tokens.refresh_token),
      receivedAt: Date.now() - 3_600_000,
      expiresAt: Date.now() - 1000,
    });
  };
  const uvToken = (place: Machine, { url }: RotatingService): Promise<ProcessResult> =>
    place.uv(oldUv(), ['auth', 'token', url], { PYX_API_URL: url });

  it('uv uses and refreshes a login that we made, and we the tokens that uv stored', async () => {
    using place = machine();
    await using service = await rotatingService();
    await logIn(place, service);
    const theirs = await uvToken(place, service);
    expect([theirs.code, theirs.stderr]).toEqual([0, '']);
    expect(service.accepts(theirs.stdout.trim())).toBe(true);
    const ours = await place.ours('pyx-tokens', 'resolve.ts', `${service.url}simple/`);
    expect(ours.stdout).toBe(theirs.stdout);
    expect(service.presented).toHaveLength(1);
    const out = await place.uv(oldUv(), ['auth', 'logout', service.url], { PYX_API_URL: service.url });
    expect(out.code, out.stderr).toBe(0);
    expect((await place.ours('pyx-tokens', 'resolve.ts', service.url)).stdout).toBe('nothing\n');
  });

  it('N03 uv and we refresh at the same time: all succeed and the login lives', async () => {
    using place = machine();
    await using service = await rotatingService({ delay: 50 });
    for (let round = 0; round < 3; round += 1) {
      await logIn(place, service);
      const results = await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          index % 2 === 0 ? uvToken(place, service) : place.ours('pyx-tokens', 'resolve.ts', service.url),
        ),
      );
      expect(results.map(({ code, stderr }) => (code === 0 ? 'ok' : stderr))).toEqual(Array(12).fill('ok'));
      for (const { stdout } of results) expect(service.accepts(stdout.trim())).toBe(true);
    }
    expect((await uvToken(place, service)).code).toBe(0);
  });

  it('CS12 tightens what uv created for everybody to read', async () => {
    using place = machine();
    await using service = await rotatingService();
    await logIn(place, service);
    const path = join(place.home, '.local/share/pyx/credentials');
    const [tokens = ''] = (await run('find', [path, '-name', 'tokens.json'])).stdout.split('\n');
    writeFileSync(tokens, JSON.stringify({ ...service.login(), access_token: 'e30.e30.e30' }));
    chmodSync(tokens, 0o644);
    const { code, stderr } = await place.ours('pyx-tokens', 'resolve.ts', service.url);
    expect([code, stderr]).toEqual([0, expect.stringContaining('can be read by other users')]);
    expect((await run('stat', ['-c', '%a', tokens])).stdout).toBe('600\n');
  });
});
