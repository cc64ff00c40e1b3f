import { once } from 'node:events';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { chromium } from './chromium.ts';
import { cleanEnvironment } from './clean-environment.ts';
import { freePort } from './free-port.ts';
import { hangingDbus } from './hanging-dbus.ts';
import { describeWith, partPath } from './parts.ts';
import { run } from './process.ts';
import { pythonTool } from './python-tool.ts';
import { temporaryDirectory } from './temporary-directory.ts';

describe('temporaryDirectory', () => {
  it('is new and empty, and gone with its contents afterwards', () => {
    let path: string;
    {
      using folder = temporaryDirectory();
      path = folder.path;
      expect(readdirSync(path)).toEqual([]);
      writeFileSync(join(path, 'file'), 'x');
    }
    expect(existsSync(path)).toBe(false);
  });
});

describe('freePort', () => {
  it('can be listened on', async () => {
    const port = await freePort();
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    expect(server.address()).toMatchObject({ port });
    server.close();
  });
});

describe('cleanEnvironment', () => {
  it('keeps what reaching the registry needs and drops configuration', async () => {
    vi.stubEnv('PIP_INDEX_URL', 'http://127.0.0.1:1/simple/');
    vi.stubEnv('UV_INDEX', 'http://127.0.0.1:1/simple/');
    vi.stubEnv('PKGAUTH_TOKEN', 'x');
    vi.stubEnv('HTTPS_PROXY', 'http://127.0.0.1:2');
    vi.stubEnv('SSL_CERT_FILE', '/certificates');
    const env = cleanEnvironment('/home/nobody');
    vi.unstubAllEnvs();
    expect(env).toMatchObject({
      HOME: '/home/nobody',
      HTTPS_PROXY: 'http://127.0.0.1:2',
      SSL_CERT_FILE: '/certificates',
    });
    expect(Object.keys(env).filter((name) => /^(PIP_IN|UV|PKGAUTH)/.test(name))).toEqual([]);
    expect(await run('node', ['-p', 'process.version'], { env })).toMatchObject({
      stdout: `${process.version}\n`,
    });
  });
});

describe('hangingDbus', () => {
  it('accepts, counts, and never answers', async () => {
    await using bus = await hangingDbus();
    const socket = connect(bus.address.replace('unix:path=', ''));
    await once(socket, 'connect');
    socket.write('\0AUTH EXTERNAL\r\n');
    await vi.waitUntil(() => bus.connections === 1);
    expect(socket.bytesRead).toBe(0);
    socket.destroy();
  });
});

describe('partPath', () => {
  it('names a part that is not there', () => {
    expect(() => partPath('python/nothing')).toThrow('python/nothing is missing');
  });
});

describeWith(['chromium'], 'Chromium for tests', () => {
  it('opens a page of this machine', async () => {
    const server = createServer((_, response) => {
      response.setHeader('content-type', 'text/html').end('<title>Sign in</title>');
    }).listen(await freePort(), '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    await using browser = await chromium();
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`);
    expect(await page.title()).toBe('Sign in');
    server.closeAllConnections();
    server.close();
  });
});

describeWith(
  ['python/uv-0.12.6', 'python/uv-0.13.9', 'python/pip-26.3', 'python/pip-23.2.1'],
  'Python environments',
  () => {
    it.each([
      ['uv-0.12.6', 'uv', /^uv 0\.12\.6\b/],
      ['uv-0.13.9', 'uv', /^uv 0\.13\.9\b/],
      ['pip-26.3', 'pip', /^pip 26\.3 /],
      ['pip-23.2.1', 'pip', /^pip 23\.2\.1 /],
    ])('%s holds %s of that version', async (environment, program, version) => {
      const result = await run(pythonTool(environment, program), ['--version']);
      expect(result.stdout).toMatch(version);
    });
  },
);

describeWith(
  ['python/keyring', 'python/twine', 'python/authlib', 'python/build'],
  'Python environments of single tools',
  () => {
    it.each([
      ['keyring', 'keyring', '25.7.0'],
      ['twine', 'twine', '7.0.0'],
      ['authlib', 'Authlib', '1.9.9'],
      ['build', 'build', undefined],
    ])('%s holds %s %s', async (environment, distribution, version) => {
      const script = `import importlib.metadata as m; print(m.version(${JSON.stringify(distribution)}))`;
      const result = await run(pythonTool(environment, 'python'), ['-c', script]);
      expect(result).toMatchObject({ code: 0, stderr: '' });
      if (version) expect(result.stdout.trim()).toBe(version);
    });
  },
);
