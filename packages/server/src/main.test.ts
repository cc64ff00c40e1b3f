import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort, run, startProcess, temporaryDirectory } from '@pkgauth/testkit';
import { describe, expect, it } from 'vitest';

const args = [
  '--disable-warning=ExperimentalWarning',
  '--conditions=@pkgauth/source',
  join(import.meta.dirname, 'main.ts'),
];
const call = (words: string[], env: Record<string, string> = {}, input = '') =>
  run(process.execPath, [...args, ...words], { env: { PATH: process.env['PATH'] ?? '', ...env }, input });

async function serve(data: string, env: Record<string, string> = {}, words: string[] = []) {
  const port = await freePort();
  const service = await startProcess(
    process.execPath,
    [...args, 'serve', '--data', data, '--port', String(port), ...words],
    {
      env: { PATH: process.env['PATH'] ?? '', ...env },
    },
  );
  const url = `http://127.0.0.1:${port}`;
  while (
    !(await fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    ))
  )
    await delay(50);
  return { url, port, service };
}

describe('pkgauth-server', () => {
  it.each<[string[], number, RegExp, RegExp]>([
    [['--version'], 0, /^pkgauth-server \d+\.\d+\.\d+\n$/, /^$/],
    [['--help'], 0, /--trusted-proxies LIST/, /^$/],
    [['serve', '--help'], 0, /usage: pkgauth-server serve/, /^$/],
    [['admin', '--help'], 0, /api-key add/, /^$/],
    [[], 2, /usage/, /^$/],
    [['admin'], 2, /usage/, /^$/],
    [['srve'], 2, /^$/, /there is no command "srve"/],
    [['serve', '--prot', '1'], 2, /^$/, /serve does not know --prot 1/],
    [
      ['serve', '--port', 'x', '--log-level', 'x'],
      2,
      /^$/,
      /--port must[^\n]*\npkgauth-server: error: --log-level must/,
    ],
    [
      ['serve', '--port', '0', '--tls-cert', 'absent.pem', '--tls-key', 'absent.pem'],
      2,
      /^$/,
      /certificate or key cannot be read/,
    ],
    [
      ['serve', '--port', '0', '--database', 'postgres://u:canary@127.0.0.1:1/d'],
      6,
      /^$/,
      /^pkgauth-server: error: (?!.*canary)/,
    ],
  ])('%j exits with %i', async (words, code, out, err) => {
    using directory = temporaryDirectory();
    const result = await call(words, { PKGAUTH_DATA: join(directory.path, 'data') });
    expect(result.stdout).toMatch(out);
    expect(result.stderr).toMatch(err);
    expect(result.code).toBe(code);
  });

  it('says what to do about a port that is taken', async () => {
    using directory = temporaryDirectory();
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const result = await call(['serve', '--data', directory.path, '--port', String(port)]);
    other.close();
    expect(result).toMatchObject({ code: 1, stderr: expect.stringContaining(`port ${port} is taken`) });
  });

  it('PS13 ends cleanly on SIGTERM and goes on from the same data', async () => {
    using directory = temporaryDirectory();
    for (let round = 0; round < 2; round += 1) {
      const { url, service } = await serve(directory.path);
      const setup = await call(['admin', 'setup', '--data', directory.path, '--json']);
      expect(JSON.parse(setup.stdout)).toMatchObject({ owner: 'owner@localhost' });
      const link = await call([
        'admin',
        'user',
        'sign-in-link',
        'owner@localhost',
        '--data',
        directory.path,
        '--json',
      ]);
      expect(JSON.parse(link.stdout).url).toMatch(new RegExp(`^${url}/sign-in/link/`));
      process.kill(service.pid, 'SIGTERM');
      expect(await service.ended).toMatchObject({ code: 0 });
    }
    expect(statSync(join(directory.path, 'pkgauth.sqlite')).mode & 0o077).toBe(0);
  });

  it('keeps a second service off the data, also after the first was killed', async () => {
    using directory = temporaryDirectory();
    const first = await serve(directory.path);
    const second = await call(['serve', '--data', directory.path, '--port', '0']);
    expect(second).toMatchObject({ code: 6, stderr: expect.stringContaining('another service works in') });
    process.kill(first.service.pid, 'SIGKILL');
    await first.service.ended;
    const third = await serve(directory.path);
    process.kill(third.service.pid, 'SIGTERM');
    expect(await third.service.ended).toMatchObject({ code: 0 });
  });

  it('PS09 refuses to start with a key that is not the database’s', async () => {
    using directory = temporaryDirectory();
    await call(['admin', 'setup', '--data', directory.path]);
    const key = join(directory.path, 'secret.key');
    const before = readFileSync(key, 'utf8');
    writeFileSync(key, `${Buffer.from(before, 'base64').reverse().toString('base64')}\n`);
    const refused = await call(['serve', '--data', directory.path, '--port', '0']);
    expect(refused.code).toBe(6);
    expect(refused.stderr).not.toContain(before.trim());
    writeFileSync(key, before);
    expect((await call(['admin', 'user', 'list', '--data', directory.path])).code).toBe(0);
  });

  it('AD02 refuses to start with a weak key', async () => {
    using directory = temporaryDirectory();
    const refused = await call(['serve', '--data', directory.path, '--port', '0'], {
      PKGAUTH_SECRET: '0'.repeat(64),
    });
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('PKGAUTH_SECRET is weak') });
  });

  it('PS10 writes no secret that it is given or asked with to its log, at any level', async () => {
    using directory = temporaryDirectory();
    mkdirSync(directory.path, { recursive: true });
    const { url, service } = await serve(directory.path, {}, ['--log-level', 'debug']);
    const canary = 'canary0123456789abcdef';
    const headers = {
      Authorization: `Bearer ${canary}`,
      Cookie: `pkgauth-session=${canary}`,
      'X-Api-Key': canary,
    };
    const form = new URLSearchParams({
      client_id: 'pkgauth',
      token: canary,
      code: canary,
      password: canary,
      email: `${canary}@example.com`,
    });
    const paths = [
      '/simple/a/b/',
      '/api/v1/whoami',
      '/oauth2/authorize',
      '/oauth2/token',
      '/oauth2/revoke',
      '/sign-in',
      `/sign-in/link/${canary}`,
      `/auth/cli/login/${canary}`,
      `/auth/cli/status/${canary}`,
      `/oauth2/interaction/${canary}`,
      '/auth/cli/refresh',
      '/auth/cli/access-token',
      '/v1/upload/a/b',
      `/t/${canary}/x`,
    ];
    for (const path of paths) {
      await fetch(`${url}${path}?token=${canary}`, { headers, redirect: 'manual' });
      await fetch(`${url}${path}?token=${canary}`, {
        method: 'POST',
        headers,
        body: form,
        redirect: 'manual',
      });
    }
    await fetch(`${url}/simple/x/y/`, {
      headers: { Authorization: `Basic ${btoa(`__token__:${canary}`)}` },
    });
    const metrics = await (await fetch(`${url}/metrics`)).text();
    process.kill(service.pid, 'SIGTERM');
    await service.ended;
    const written = service.stdout + service.stderr + metrics;
    expect(written).toContain('"path":"/sign-in/link/***"');
    expect(written).not.toContain(canary);
    expect(written).not.toContain(btoa(canary).slice(2, 20));
  });

  it('PS15 goes on after faults that reach the top, and says so', async () => {
    using directory = temporaryDirectory();
    const fault =
      "setTimeout(() => { Promise.reject(new Error('forgotten')); throw new Error('thrown'); }, 1500)";
    const { url, service } = await serve(directory.path, {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(fault)}`,
    });
    await service.waitFor(/uncaught exception/);
    await service.waitFor(/unhandled rejection/);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    process.kill(service.pid, 'SIGTERM');
    expect(await service.ended).toMatchObject({ code: 0 });
  });

  it('PS15 is there again when clients let go of more connections than it may open', async () => {
    using directory = temporaryDirectory();
    const port = await freePort();
    const limited = [
      '-c',
      'ulimit -n 100; exec "$@"',
      'sh',
      process.execPath,
      ...args,
      'serve',
      '--data',
      directory.path,
      '--port',
      String(port),
    ];
    const service = await startProcess('sh', limited, { env: { PATH: process.env['PATH'] ?? '' } });
    const ready = () =>
      fetch(`http://127.0.0.1:${port}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      );
    while (!(await ready())) await delay(50);
    const sockets = Array.from({ length: 300 }, () => connect(port, '127.0.0.1').on('error', () => {}));
    await delay(500);
    for (const socket of sockets) socket.destroy();
    while (!(await ready())) await delay(50);
    process.kill(service.pid, 'SIGTERM');
    expect(await service.ended).toMatchObject({ code: 0 });
  });

  it('GW14 answers while hundreds of connections send nothing, or a header byte by byte', async () => {
    using directory = temporaryDirectory();
    const { url, port, service } = await serve(directory.path);
    const idle = Array.from({ length: 400 }, (_, at) => {
      const socket = connect(port, '127.0.0.1').on('error', () => {});
      if (at % 2 === 0) socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ');
      return socket;
    });
    for (let round = 0; round < 20; round += 1) expect((await fetch(`${url}/healthz`)).status).toBe(200);
    for (const socket of idle) socket.destroy();
    process.kill(service.pid, 'SIGTERM');
    expect(await service.ended).toMatchObject({ code: 0 });
  });
});
