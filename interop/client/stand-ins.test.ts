import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { delimiter, join } from 'node:path';
import { listeningService, run, type ScriptedService } from '@pkgauth/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtClient, storeExpiredLogin } from '../support/client.ts';
import { emptyHome, type Home } from '../support/home.ts';

const homes: Home[] = [];
const home = (): Home => {
  const made = emptyHome();
  homes.push(made);
  return made;
};
afterAll(() => {
  for (const made of homes) made[Symbol.dispose]();
});

const ask = (
  place: Home,
  args: readonly string[],
  options: { env?: Record<string, string>; cwd?: string; input?: string } = {},
) =>
  run(process.execPath, [builtClient(), ...args], {
    cwd: place.path,
    ...options,
    env: { ...place.env, ...options.env },
    // Below what the callers wait for.
    timeout: 10_000,
  });
const get = (place: Home, url: string, options: { env?: Record<string, string>; cwd?: string } = {}) =>
  ask(place, ['helper', 'keyring', 'get', url, '__token__'], options);

describe('a stand-in process', () => {
  let service: ScriptedService & AsyncDisposable;
  beforeAll(async () => {
    service = await listeningService();
  });
  afterAll(() => service[Symbol.asyncDispose]());

  /** A login whose access token has ended and whose refresh token the service knows. */
  const expired = (): Home => {
    const place = home();
    const refreshToken = `refresh-${Math.random()}`;
    service.refreshTokens.add(refreshToken);
    storeExpiredLogin(place.path, service.origin, { access_token: 'old', refresh_token: refreshToken });
    return place;
  };
  const refreshes = (): number =>
    service.requests.filter(({ url }) => url.endsWith('/auth/cli/refresh')).length;

  it('HP08 forty at once on an ended token: forty answers, one refresh', async () => {
    const place = expired();
    const before = refreshes();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        index % 2 === 0
          ? run(process.execPath, [builtClient(), 'helper', 'keyring', 'get', service.origin, '__token__'], {
              env: place.env,
            })
          : run(process.execPath, [builtClient(), 'helper', 'bazel', 'get'], {
              env: place.env,
              input: JSON.stringify({ uri: `${service.origin}/x` }),
            }),
      ),
    );
    // On a slow machine one or another says that it waits for the lock (CS09).
    for (const { code, stderr } of answers) {
      expect(code, stderr).toBe(0);
      expect(stderr).toMatch(/^(?:pkgauth: waiting for another program .*\n)?$/);
    }
    expect(refreshes() - before).toBe(1);
    const [token] = answers;
    for (const [index, { stdout }] of answers.entries()) {
      if (index % 2 === 0) expect(stdout).toBe(token?.stdout);
      else expect(JSON.parse(stdout).headers.Authorization).toEqual([`Bearer ${token?.stdout.trimEnd()}`]);
    }
  }, 120_000);

  it('HP06 a reader that has gone: no answer, no complaint', async () => {
    const place = expired();
    const command = `'${process.execPath}' '${builtClient()}' helper keyring get ${service.origin} __token__ | :`;
    expect(await run('sh', ['-c', command], { env: place.env, cwd: place.path })).toMatchObject({
      stdout: '',
      stderr: '',
    });
  });

  it('HP07 nothing of a hostile working directory is read or run', async () => {
    const place = expired();
    const checkout = join(place.path, 'checkout');
    const marker = join(place.path, 'evil-was-here');
    for (const name of ['koffi', '@napi-rs/keyring', '@pkgauth/protocol']) {
      const directory = join(checkout, 'node_modules', name);
      mkdirSync(directory, { recursive: true });
      writeFileSync(join(directory, 'package.json'), '{"main":"index.js"}');
      writeFileSync(
        join(directory, 'index.js'),
        `require('node:fs').writeFileSync(${JSON.stringify(marker)}, '')`,
      );
    }
    for (const name of ['xdg-open', 'keyring', 'node', 'secret-tool', 'security']) {
      writeFileSync(join(checkout, name), `#!/bin/sh\ntouch '${marker}'\n`);
      chmodSync(join(checkout, name), 0o755);
    }
    for (const name of [
      '.env',
      '.netrc',
      'credentials.json',
      'credentials.toml',
      'uv.toml',
      'pip.conf',
      '.npmrc',
      'package.json',
    ]) {
      writeFileSync(join(checkout, name), 'PKGAUTH_TOKEN=evil\n');
    }
    const env = { PATH: ['.', '', checkout, place.env['PATH']].join(delimiter) };
    const answer = await get(place, `${service.origin}/simple/`, { cwd: checkout, env });
    expect(answer).toMatchObject({ code: 0, stderr: '' });
    expect(service.accessTokens.has(answer.stdout.trimEnd())).toBe(true);
    expect(existsSync(marker)).toBe(false);
  });

  it.each([
    ['no HOME', { HOME: '' }],
    ['a HOME that is not there', { HOME: '/nonexistent' }],
    ['a HOME that is no directory', { HOME: '/dev/null' }],
  ])('HP07 CS14 %s: nothing known, exit code 1', async (_name, env) => {
    expect(await get(home(), 'https://pkg.example.com/', { env })).toMatchObject({ code: 1, stdout: '' });
  });

  it('HP03 stdin that is closed, empty or endless does not matter to keyring get', async () => {
    const place = expired();
    const command = `'${process.execPath}' '${builtClient()}' helper keyring get ${service.origin} __token__`;
    for (const stdin of ['<&-', '</dev/null', '</dev/zero']) {
      const { code, stdout } = await run('sh', ['-c', `${command} ${stdin}`], {
        env: place.env,
        timeout: 10_000,
      });
      expect([code, service.accessTokens.has(stdout.trimEnd())]).toEqual([0, true]);
    }
  });

  it('HP03 an endless request is refused by helper bazel', async () => {
    const command = `'${process.execPath}' '${builtClient()}' helper bazel get </dev/zero`;
    const { code, stdout } = await run('sh', ['-c', command], { env: home().env, timeout: 10_000 });
    expect([code, stdout]).toEqual([1, '']);
  });

  it('the keyring program that setup puts somewhere answers as the stand-in does', async () => {
    const place = expired();
    const directory = join(place.path, 'my "own" $tools');
    expect((await ask(place, ['setup', 'keyring', '--dir', directory])).code).toBe(0);
    const answer = await run(
      join(directory, 'keyring'),
      ['--mode=creds', '--output=json', 'get', `${service.origin}/`],
      { env: place.env },
    );
    expect(answer).toMatchObject({ code: 0, stderr: '' });
    const { username, password } = JSON.parse(answer.stdout) as { username: string; password: string };
    expect([username, service.accessTokens.has(password)]).toEqual(['__token__', true]);
  });
});

describe('a stand-in whose service does not answer', () => {
  let server: Server;
  let origin: string;
  const sockets = new Set<Socket>();
  beforeAll(async () => {
    server = createServer((socket) => sockets.add(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  });
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  it.each([
    ['keyring', ['helper', 'keyring', 'get']],
    ['bazel', ['helper', 'bazel', 'get']],
  ])('HP11 %s gives up before its caller does, and says why', async (name, words) => {
    const place = home();
    storeExpiredLogin(place.path, origin, { access_token: 'old', refresh_token: 'refresh' });
    const argv = name === 'keyring' ? [...words, origin, '__token__'] : words;
    const answer = await ask(place, argv, { input: JSON.stringify({ uri: origin }) });
    expect(answer).toMatchObject({ code: 1, stdout: '' });
    expect(answer.stderr).toMatch(/^pkgauth: error: .+\n/);
  });
});
