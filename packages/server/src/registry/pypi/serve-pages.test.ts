import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { type FaultyIndex, makeSdist, makeWheel, startFaultyIndex } from '@pkgauth/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type GatewayFixture,
  hostedRegistry,
  indexOf,
  mirrorOf,
  startGateway,
  user,
} from '../gateway.fixture.ts';

const padding = Buffer.from(Array.from({ length: 400_000 }, (_, at) => (at * 40503) >> 7));
const wheel = makeWheel({ name: 'sample', version: '1.0', padding });
const sdist = makeSdist({ name: 'sample', version: '1.0' });
const json = 'application/vnd.pypi.simple.v1+json';
const base = '/simple/acme/main/sample/';
const wheelPath = base + wheel.filename;

describe('pages through the gateway', () => {
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

  it('PEP 691: JSON with hashes, sizes, metadata and addresses below the index', async () => {
    const { status, headers, text } = await ask(base, { headers: { accept: json } });
    expect([status, headers['content-type']]).toEqual([200, json]);
    const page = JSON.parse(text);
    expect(page).toMatchObject({
      name: 'sample',
      versions: ['1.0'],
      meta: { 'api-version': expect.stringMatching(/^1\./) },
    });
    expect(page.files).toMatchObject([
      {
        filename: wheel.filename,
        url: wheelPath,
        hashes: { sha256: wheel.sha256 },
        'core-metadata': { sha256: createHash('sha256').update(wheel.metadata).digest('hex') },
        'dist-info-metadata': { sha256: expect.any(String) },
      },
      { filename: sdist.filename, url: base + sdist.filename },
    ]);
    expect(text).not.toContain(upstream.origin);
  });

  it('PEP 503: HTML, with the same addresses', async () => {
    const { headers, text } = await ask(base, { headers: { accept: 'text/html' } });
    expect(headers['content-type']).toMatch(/^text\/html/);
    expect(text).toContain(`href="${wheelPath}#sha256=${wheel.sha256}"`);
    expect(text).toMatch(/data-dist-info-metadata="sha256=[0-9a-f]{64}"/);
    expect(text).toMatch(/data-core-metadata="sha256=[0-9a-f]{64}"/);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it('keeps the files of the short address below the short address', async () => {
    const short = JSON.parse((await ask('/simple/pypi/sample/', { headers: { accept: json } })).text);
    const long = JSON.parse((await ask('/simple/public/pypi/sample/', { headers: { accept: json } })).text);
    expect(short.files[0].url).toBe(`/simple/pypi/sample/${wheel.filename}`);
    expect(long.files[0].url).toBe(`/simple/public/pypi/sample/${wheel.filename}`);
    expect(await ask(short.files[0].url)).toMatchObject({ status: 200 });
    expect(await ask(long.files[0].url)).toMatchObject({ status: 200 });
  });

  it('406 with the two notations named when neither is accepted', async () => {
    const answer = await ask(base, { headers: { accept: 'application/xml' } });
    expect(answer.status).toBe(406);
    expect(answer.text).toContain(json);
  });

  it('GW10 304 for the tag of either encoding, HEAD without body, gzip when it is accepted', async () => {
    for (let at = 0; at < 20; at += 1) upstream.publish(makeSdist({ name: 'sample', version: `2.${at}` }));
    const plain = await ask(base, { headers: { accept: json } });
    const packed = await ask(base, { headers: { accept: json, 'accept-encoding': 'gzip, deflate' } });
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(packed.body).toString()).toBe(plain.text);
    expect(packed.headers.etag).not.toBe(plain.headers.etag);
    for (const { headers } of [plain, packed]) {
      const again = await ask(base, { headers: { accept: json, 'if-none-match': headers.etag ?? '' } });
      expect(again).toMatchObject({ status: 304, text: '', headers: { etag: headers.etag } });
      expect(again.headers.vary).toContain('Authorization');
    }
    const head = await ask(base, { method: 'HEAD', headers: { accept: json } });
    expect(head).toMatchObject({
      status: 200,
      text: '',
      headers: { 'content-length': String(plain.body.length), etag: plain.headers.etag },
    });
    expect(
      await ask(base, { headers: { accept: 'text/html', 'if-none-match': plain.headers.etag ?? '' } }),
    ).toMatchObject({ status: 200 });
  });

  it('GW06 every answer is private and varies by what it depends on', async () => {
    for (const path of [
      base,
      wheelPath,
      `${wheelPath}.metadata`,
      '/simple/acme/main/',
      '/simple/acme/main/Sample/',
    ]) {
      const { headers } = await ask(path);
      expect(headers['cache-control'], path).toMatch(/^private/);
      expect(headers.vary, path).toBe('Accept, Authorization, Accept-Encoding');
    }
  });

  it('GW06 10,000 mixed requests: nobody is ever given what only another may read', async () => {
    const owners = ['alpha', 'beta', 'gamma'];
    const registries = owners.map((slug) => hostedRegistry({ id: `reg_${slug}` }));
    for (const [at, slug] of owners.entries()) {
      const own = makeSdist({
        name: `secret-${slug}`,
        version: '1.0',
        padding: Buffer.from(slug.repeat(50)),
      });
      await fixture.hosted.put(
        `reg_${slug}`,
        'secret',
        { ...own, filename: `secret-1.0.tar.gz` },
        fixture.blobs,
      );
      fixture.indexes.set(`${slug}/main`, indexOf(slug, 'main', registries.slice(at, at + 1)));
      fixture.principals.set(slug, { ok: true, principal: user({ [slug]: 'member' }), expiresAt: 1e15 });
    }
    const digests = new Map<string, string>();
    const everybody = [...owners, 'outsider', 'expired', undefined];
    let drawn = 0;
    const pick = <T>(list: readonly T[]): T => {
      drawn += 1;
      return list[createHash('sha256').update(String(drawn)).digest().readUInt32LE() % list.length] as T;
    };
    const one = async () => {
      const [as, slug] = [pick(everybody), pick(owners)];
      const path = pick([
        `/simple/${slug}/main/secret/`,
        `/simple/${slug}/main/secret/secret-1.0.tar.gz`,
        `/simple/${slug}/main/`,
      ]);
      const accept = pick([json, 'text/html', '*/*']);
      const { status, text, headers } = await fixture.ask(path, { ...(as && { as }), headers: { accept } });
      if (as === slug) {
        expect(status).toBe(200);
        const key = `${path} ${accept}`;
        expect(digests.get(key) ?? text).toBe(text);
        digests.set(key, text);
      } else {
        expect(status).toBe(as === 'outsider' || owners.includes(as ?? '') ? 404 : 401);
        expect(headers.etag).toBeUndefined();
      }
    };
    for (let round = 0; round < 200; round += 1) await Promise.all(Array.from({ length: 50 }, one));
    expect(new Set(digests.values()).size).toBeGreaterThanOrEqual(9);
  }, 60_000);

  it('lists the projects', async () => {
    const answer = await ask('/simple/acme/main/', { headers: { accept: json } });
    expect(JSON.parse(answer.text).projects).toEqual([{ name: 'sample' }]);
    expect((await ask('/simple/acme/main/')).text).toContain('<a href="sample/">sample</a>');
  });

  it('answers from memory while the page is fresh', async () => {
    await Promise.all(Array.from({ length: 50 }, () => ask(base)));
    fixture.counts.length = 0;
    await ask(base);
    expect(fixture.counts).toEqual(['allow', 'page hit']);
    expect(upstream.count('/simple/sample/')).toBe(1);
  });
});
