import { connect } from 'node:net';
import { type FaultyIndex, makeSdist, makeWheel, startFaultyIndex } from '@pkgauth/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ServiceError } from '../../core/errors.ts';
import { type GatewayFixture, indexOf, mirrorOf, startGateway } from '../gateway.fixture.ts';

const padding = Buffer.from(Array.from({ length: 400_000 }, (_, at) => (at * 40503) >> 7));
const wheel = makeWheel({ name: 'sample', version: '1.0', padding });
const sdist = makeSdist({ name: 'sample', version: '1.0' });
const json = 'application/vnd.pypi.simple.v1+json';
const base = '/simple/acme/main/sample/';
const wheelPath = base + wheel.filename;

describe('gateway when the upstream fails', () => {
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

  it('GW08 502 for a broken one, 504 for a silent one, each with a sentence, and never 404', async () => {
    upstream.fault = () => ({ kind: 'status', status: 500 });
    expect(await ask(base)).toMatchObject({ status: 502, reason: expect.stringContaining('answered 500') });
    upstream.fault = () => ({ kind: 'silent' });
    expect(await ask(base)).toMatchObject({ status: 504, reason: expect.stringContaining('in time') });
    expect(await ask(wheelPath)).toMatchObject({ status: 504 });
  });

  it('GW08 the page that is known goes on, with Warning and Age', async () => {
    const fresh = await ask(base);
    expect(fresh.headers.warning).toBeUndefined();
    fixture.now += 20 * 60_000;
    upstream.fault = () => ({ kind: 'status', status: 503 });
    const stale = await ask(base);
    expect(stale).toMatchObject({
      status: 200,
      text: fresh.text,
      headers: { warning: '111 - "Revalidation Failed"', age: '1200' },
    });
    expect(await ask(wheelPath)).toMatchObject({ status: 502 });
  });

  it.each([
    ['truncated', { kind: 'cut', after: 10_000 }],
    ['altered', { kind: 'altered' }],
    ['stalled', { kind: 'stall', after: 10_000 }],
  ] as const)(
    'GW08 a %s file never ends cleanly, is not kept, and comes right later',
    async (_, fault) => {
      const path = `/files/${wheel.filename}`;
      upstream.fault = (asked, before) =>
        asked !== path ? undefined : before === 0 ? fault : { kind: 'status', status: 500 };
      const broken = await ask(wheelPath);
      expect(broken).toMatchObject({ status: 200, complete: false });
      expect(broken.body.length).toBeLessThan(wheel.content.length);
      upstream.fault = undefined;
      const good = await ask(wheelPath);
      expect(good.complete).toBe(true);
      expect(good.body.equals(wheel.content)).toBe(true);
    },
    20_000,
  );

  it('GW09 file addresses inside the service’s network are refused, whatever the page says', async () => {
    for (const fileOrigin of [
      'http://169.254.169.254',
      'http://10.1.2.3',
      'http://[fd00::1]',
      'http://0.0.0.0:1',
    ]) {
      upstream.options = { fileOrigin };
      fixture.now += 20 * 60_000;
      const { text } = await ask(base, { headers: { accept: json } });
      expect(text).not.toContain(fileOrigin);
      expect(await ask(wheelPath)).toMatchObject({ status: 502 });
    }
  });

  it('PS02 a full disk: served, and not kept', async () => {
    const { blobs } = fixture;
    const full = () => Promise.reject(new ServiceError('unavailable', 'the disk is full'));
    fixture.blobs = { find: (hash) => blobs.find(hash), create: full };
    for (let at = 0; at < 2; at += 1) {
      const answer = await ask(wheelPath);
      expect(answer.body.equals(wheel.content)).toBe(true);
    }
    expect((await ask(`${wheelPath}.metadata`)).text).toBe(wheel.metadata);
    expect(upstream.count(`/files/${wheel.filename}`)).toBe(2);
  });

  it('GW10 a client that goes away frees its place, the others go on', async () => {
    let open = () => {};
    const until = new Promise<void>((resolve) => {
      open = resolve;
    });
    upstream.fault = (path) =>
      path === `/files/${wheel.filename}` ? { kind: 'paused', after: 1000, until } : undefined;
    const stays = ask(wheelPath);
    const socket = connect(fixture.port, '127.0.0.1');
    socket.write(`GET ${wheelPath} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer member\r\n\r\n`);
    await new Promise((resolve) => socket.once('data', resolve));
    socket.destroy();
    open();
    expect((await stays).body.equals(wheel.content)).toBe(true);
  });
});
