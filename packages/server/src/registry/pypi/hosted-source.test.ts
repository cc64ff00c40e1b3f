import { truncate } from 'node:fs/promises';
import { type FaultyIndex, makeSdist, makeWheel, startFaultyIndex } from '@pkgauth/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GatewayFixture, hostedRegistry, indexOf, mirrorOf, startGateway } from '../gateway.fixture.ts';

const padding = Buffer.from(Array.from({ length: 400_000 }, (_, at) => (at * 40503) >> 7));
const wheel = makeWheel({ name: 'sample', version: '1.0', padding });
const sdist = makeSdist({ name: 'sample', version: '1.0' });
const json = 'application/vnd.pypi.simple.v1+json';
const base = '/simple/acme/main/sample/';
const wheelPath = base + wheel.filename;

describe('hosted registries through the gateway', () => {
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

  const own = makeWheel({ name: 'own', version: '1.0' });

  beforeEach(async () => {
    fixture.indexes.set('acme/main', indexOf('acme', 'main', [hostedRegistry(), mirrorOf(upstream.url)]));
    await fixture.hosted.put('reg_hosted', 'own', own, fixture.blobs);
  });

  it('serves pages, files and metadata', async () => {
    const page = JSON.parse((await ask('/simple/acme/main/own/', { headers: { accept: json } })).text);
    expect(page.files).toMatchObject([
      { url: `/simple/acme/main/own/${own.filename}`, size: own.content.length },
    ]);
    expect((await ask(page.files[0].url)).body.equals(own.content)).toBe(true);
    expect((await ask(`${page.files[0].url}.metadata`)).text).toBe(own.metadata);
    expect(upstream.requests).toEqual([]);
  });

  it('shows an upload at once, and another process’s within a second', async () => {
    await ask('/simple/acme/main/own/');
    const second = makeWheel({ name: 'own', version: '2.0' });
    await fixture.hosted.put('reg_hosted', 'own', second, fixture.blobs);
    expect((await ask('/simple/acme/main/own/')).text).not.toContain(second.filename);
    fixture.gateway.hostedChanged('reg_hosted', 'own');
    expect((await ask('/simple/acme/main/own/')).text).toContain(second.filename);
    const third = makeWheel({ name: 'own', version: '3.0' });
    await fixture.hosted.put('reg_hosted', 'own', third, fixture.blobs);
    fixture.now += 1000;
    expect((await ask('/simple/acme/main/own/')).text).toContain(third.filename);
  });

  it('a mirrored file is gone as soon as its project is hosted', async () => {
    expect(await ask(wheelPath)).toMatchObject({ status: 200 });
    await fixture.hosted.put(
      'reg_hosted',
      'sample',
      makeWheel({ name: 'sample', version: '9' }),
      fixture.blobs,
    );
    fixture.gateway.hostedChanged('reg_hosted', 'sample');
    expect(await ask(wheelPath)).toMatchObject({ status: 404 });
    expect((await ask(base)).text).not.toContain(wheel.filename);
  });

  it('PS02 never serves a file that the disk has cut off, before it was asked for or after', async () => {
    const large = makeWheel({ name: 'own', version: '2.0', padding });
    await fixture.hosted.put('reg_hosted', 'own', large, fixture.blobs);
    expect(await ask(`/simple/acme/main/own/${large.filename}`)).toMatchObject({
      status: 200,
      complete: true,
    });
    for (const { sha256 } of [own, large]) {
      const { path } = (await fixture.blobs.find(sha256)) ?? { path: '' };
      await truncate(path, 10);
    }
    expect(await ask(`/simple/acme/main/own/${large.filename}`)).toMatchObject({ complete: false });
    expect(await ask(`/simple/acme/main/own/${large.filename}`)).toMatchObject({ status: 503 });
    expect(await ask(`/simple/acme/main/own/${own.filename}`)).toMatchObject({ status: 503 });
  });

  it('GW11 goes on with what is known while the storage is down, and 503 for what is not', async () => {
    const page = await ask('/simple/acme/main/own/');
    await ask(`/simple/acme/main/own/${own.filename}`);
    fixture.hosted.down = true;
    fixture.now += 60_000;
    const stale = await ask('/simple/acme/main/own/');
    expect(stale).toMatchObject({ status: 200, text: page.text, headers: { warning: expect.any(String) } });
    expect(await ask(`/simple/acme/main/own/${own.filename}`)).toMatchObject({ status: 200 });
    const unknown = await ask('/simple/acme/main/unknown/');
    expect(unknown).toMatchObject({ status: 503, headers: { 'retry-after': expect.any(String) } });
    fixture.hosted.down = false;
    fixture.now += 1000;
    expect((await ask('/simple/acme/main/own/')).headers.warning).toBeUndefined();
  });
});
