import { spawn } from 'node:child_process';
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FaultyIndex, makeSdist, makeWheel, startFaultyIndex } from '@pkgauth/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GatewayFixture, hostedRegistry, indexOf, mirrorOf, startGateway } from '../gateway.fixture.ts';

const padding = Buffer.from(Array.from({ length: 400_000 }, (_, at) => (at * 40503) >> 7));
const wheel = makeWheel({ name: 'sample', version: '1.0', padding });
const sdist = makeSdist({ name: 'sample', version: '1.0' });
const base = '/simple/acme/main/sample/';
const wheelPath = base + wheel.filename;

describe('files through the gateway', () => {
  let upstream: FaultyIndex;
  let fixture: GatewayFixture;
  const ask: GatewayFixture['ask'] = (path, options) => fixture.ask(path, { as: 'member', ...options });

  beforeEach(async () => {
    upstream = await startFaultyIndex([wheel, sdist], { metadata: 'hashed' });
    fixture = await startGateway({ limits: { headers: 300, idle: 300 } });
    fixture.indexes.set('acme/main', indexOf('acme', 'main', [mirrorOf(upstream.url)]));
    fixture.indexes.set('public/pypi', indexOf('public', 'pypi', [mirrorOf(upstream.url)], { public: true }));
  });
  afterEach(async () => {
    await fixture[Symbol.asyncDispose]();
    await upstream.close();
  });

  it('serves a file, its parts and its metadata, each fetched once', async () => {
    const whole = await ask(wheelPath);
    expect(whole).toMatchObject({ status: 200, complete: true, headers: { etag: `"${wheel.sha256}"` } });
    expect(whole.body.equals(wheel.content)).toBe(true);
    await expect.poll(() => fixture.counts).toContain('file fetched');
    const part = await ask(wheelPath, { headers: { range: 'bytes=100-199' } });
    expect(part).toMatchObject({
      status: 206,
      headers: { 'content-range': `bytes 100-199/${wheel.content.length}` },
    });
    expect(part.body.equals(wheel.content.subarray(100, 200))).toBe(true);
    expect(await ask(wheelPath, { headers: { range: 'bytes=99999999-' } })).toMatchObject({ status: 416 });
    expect(await ask(wheelPath, { headers: { 'if-none-match': `"${wheel.sha256}"` } })).toMatchObject({
      status: 304,
    });
    expect(upstream.count(`/files/${wheel.filename}`)).toBe(1);
    for (let at = 0; at < 3; at += 1) expect((await ask(`${wheelPath}.metadata`)).text).toBe(wheel.metadata);
    expect(upstream.count(`/files/${wheel.filename}.metadata`)).toBe(1);
    expect(await ask(`${base}${sdist.filename}x.metadata`)).toMatchObject({ status: 404 });
  });

  it('GW10 HEAD tells the length and that ranges are possible, without fetching', async () => {
    const head = await ask(wheelPath, { method: 'HEAD' });
    expect(head).toMatchObject({
      status: 200,
      text: '',
      headers: {
        'content-length': String(wheel.content.length),
        'accept-ranges': 'bytes',
        etag: `"${wheel.sha256}"`,
      },
    });
    const part = await ask(wheelPath, { headers: { range: 'bytes=-22' } });
    expect(part.status).toBe(206);
    expect(part.body.equals(wheel.content.subarray(-22))).toBe(true);
    expect(
      upstream.requests.filter(
        (one) => one.path.startsWith('/files/') && one.headers.range === undefined && one.method === 'GET',
      ),
    ).toEqual([]);
  });

  it('50 who ask at once for a file that is not here share one transfer', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(wheelPath)));
    for (const { body } of answers) expect(body.equals(wheel.content)).toBe(true);
    expect(upstream.count(`/files/${wheel.filename}`)).toBe(1);
  });

  it('GW04 nothing of the client goes upstream, nothing of the upstream comes back', async () => {
    upstream.fault = () => undefined;
    const secrets = {
      cookie: 'session=canary',
      'proxy-authorization': 'Basic canary',
      'x-api-key': 'canary',
    };
    for (const path of [base, wheelPath, `${wheelPath}.metadata`, '/simple/acme/main/']) {
      const { headers } = await ask(path, { headers: secrets });
      expect(headers['set-cookie']).toBeUndefined();
    }
    expect(upstream.requests.length).toBeGreaterThanOrEqual(4);
    expect(JSON.stringify(upstream.requests)).not.toMatch(/canary|member/);
    for (const { headers } of upstream.requests) expect(headers.authorization).toBeUndefined();
  });

  it('GW04 the registry’s own credential goes to its upstream and into no answer', async () => {
    upstream.options = { credential: 'svc:upstream-canary' };
    const registry = mirrorOf(upstream.url, {
      id: 'reg_b',
      sealedUpstreamCredential: 'sealed:svc:upstream-canary',
    });
    fixture.indexes.set('acme/main', indexOf('acme', 'main', [registry]));
    const answers = [await ask(base), await ask(wheelPath)];
    upstream.options = { credential: 'svc:changed' };
    answers.push(await ask('/simple/acme/main/other/'), await ask(`${base}${sdist.filename}`));
    expect(answers.map((one) => one.status)).toEqual([200, 200, 502, 502]);
    const basic = Buffer.from('svc:upstream-canary').toString('base64');
    for (const { text, headers } of answers) {
      expect(text + JSON.stringify(headers)).not.toContain('canary');
      expect(text + JSON.stringify(headers)).not.toContain(basic);
    }
    expect(answers[2]?.reason).toContain('refuses the registry');
  });

  it('GW10 two clients of a 600 MB file at once: memory stays flat', async () => {
    const size = 600 * 1024 * 1024;
    const path = join(fixture.directory, 'large');
    await writeFile(path, '');
    await truncate(path, size);
    const find = fixture.blobs.find;
    fixture.indexes.set('acme/main', indexOf('acme', 'main', [hostedRegistry()]));
    await fixture.hosted.put(
      'reg_hosted',
      'large',
      { ...sdist, filename: 'large-1.0.tar.gz' },
      fixture.blobs,
    );
    const { project } = fixture.hosted;
    fixture.hosted.project = async (registryId, name) => {
      const page = await project(registryId, name);
      return page && { ...page, files: page.files.map((file) => ({ ...file, size })) };
    };
    fixture.blobs.find = async (hash) => (hash === sdist.sha256 ? { sha256: hash, size, path } : find(hash));
    const client = `
      const { get } = require('node:http');
      let size = 0;
      get({ port: ${fixture.port}, path: '/simple/acme/main/large/large-1.0.tar.gz', headers: { authorization: 'Bearer member' } },
        (response) => response.on('data', (chunk) => (size += chunk.length)).on('end', () => console.log(size)));`;
    const download = () =>
      new Promise<string>((resolve) => {
        const child = spawn(process.execPath, ['-e', client], { stdio: ['ignore', 'pipe', 'inherit'] });
        let text = '';
        child.stdout.on('data', (data) => {
          text += data;
        });
        child.on('close', () => resolve(text.trim()));
      });
    const before = process.memoryUsage.rss();
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage.rss());
    }, 50);
    expect(await Promise.all([download(), download()])).toEqual([String(size), String(size)]);
    clearInterval(watch);
    expect(most - before).toBeLessThan(50 * 1024 * 1024);
  }, 60_000);
});
