import { connect } from 'node:net';
import { type FaultyIndex, makeSdist, makeWheel, startFaultyIndex } from '@pkgauth/testkit';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GatewayFixture, hostedRegistry, indexOf, mirrorOf, startGateway } from './gateway.fixture.ts';

const padding = Buffer.from(Array.from({ length: 400_000 }, (_, at) => (at * 40503) >> 7));
const wheel = makeWheel({ name: 'sample', version: '1.0', padding });
const sdist = makeSdist({ name: 'sample', version: '1.0' });
const base = '/simple/acme/main/sample/';
const wheelPath = base + wheel.filename;

describe('gateway', () => {
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

  /** Sends the bytes as they are and answers the status of the first answer. */
  const raw = (target: string, headers = 'Authorization: Bearer member\r\n', method = 'GET') =>
    new Promise<number>((resolve) => {
      const socket = connect(fixture.port, '127.0.0.1');
      let text = '';
      socket.on('data', (data) => {
        text += data.toString('latin1');
      });
      socket.on('close', () => resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0)));
      socket.write(
        Buffer.from(
          `${method} ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`,
          'latin1',
        ),
      );
    });

  describe('who may', () => {
    it('GW07 an outsider cannot tell an index that exists from one that does not', async () => {
      for (const path of ['', 'sample/', `sample/${wheel.filename}`, 'absent/']) {
        const [real, made] = await Promise.all([
          ask(`/simple/acme/main/${path}`, { as: 'outsider' }),
          ask(`/simple/acme/none/${path}`, { as: 'outsider' }),
        ]);
        expect([real.status, made.status]).toEqual([404, 404]);
        expect(real.text.replaceAll('main', 'none')).toBe(made.text);
        expect(Object.keys(real.headers)).toEqual(Object.keys(made.headers));
      }
      expect(upstream.requests).toEqual([]);
    });

    it('GW07 without a credential everything is 401 with a challenge that pip and uv answer', async () => {
      for (const path of [
        '/simple/acme/main/',
        '/simple/acme/none/',
        '/simple/pypi/sample/',
        wheelPath,
        '/simple/',
        '/simple/x',
      ]) {
        const { status, headers } = await fixture.ask(path);
        expect(status, path).toBe(401);
        expect(headers['www-authenticate']).toMatch(/^Basic realm=/);
        expect(headers['cache-control']).toBe('no-store');
      }
      expect(upstream.requests).toEqual([]);
    });

    it.each([
      ['expired', 401, 'the token has expired'],
      ['revoked', 401, 'the token was revoked'],
      ['nobody', 401, 'the credential is not known here'],
      ['limited', 403, 'may not read acme/main'],
    ])('GW07 says to %s: %i %s', async (as, status, sentence) => {
      const answer = await ask(base, { as });
      expect(answer.status).toBe(status);
      expect(answer.reason).toContain(sentence);
      expect(JSON.parse(answer.text)).toMatchObject({ status, detail: expect.stringContaining(sentence) });
      expect(answer.headers['content-type']).toBe('application/problem+json');
    });

    it('402 for members whose subscription has ended, and public views for everybody who logged in', async () => {
      fixture.indexes.set(
        'acme/main',
        indexOf('acme', 'main', [mirrorOf(upstream.url)], { subscription: 'ended' }),
      );
      expect(await ask(base)).toMatchObject({ status: 402 });
      expect(await ask('/simple/pypi/sample/')).toMatchObject({ status: 200 });
      expect(await ask('/simple/pypi/sample/', { as: 'outsider' })).toMatchObject({ status: 200 });
      expect(await ask('/simple/pypi/sample/', { as: 'limited' })).toMatchObject({ status: 200 });
    });

    it('GW03 no path, header or user agent goes round the check', async () => {
      const tricks = {
        'user-agent': 'kube-probe/1.0',
        'x-forwarded-user': 'root',
        'x-original-url': '/healthz',
        cookie: 'a=b',
      };
      expect(await fixture.ask(`${base}?/healthz`, { headers: tricks })).toMatchObject({ status: 401 });
      expect(await fixture.ask('/simple/acme/main/healthz/', { headers: tricks })).toMatchObject({
        status: 401,
      });
    });

    it('404 for what is absent for a member, by its name', async () => {
      expect(await ask('/simple/acme/main/absent/')).toMatchObject({
        status: 404,
        reason: 'acme/main has no project absent',
      });
      expect(await ask(`${base}none-1.0.tar.gz`)).toMatchObject({
        status: 404,
        reason: 'acme/main has no file none-1.0.tar.gz',
      });
      expect(await ask('/simple/acme/none/')).toMatchObject({ status: 404 });
      expect(await ask('/simple/acme/')).toMatchObject({ status: 404 });
      expect(await ask('/simple/acme/main/-bad-/')).toMatchObject({ status: 404 });
    });

    it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])(
      '405 for %s, before anything else',
      async (method) => {
        const { status, headers } = await fixture.ask(base, { method });
        expect([status, headers.allow]).toEqual([405, 'GET, HEAD']);
      },
    );

    it('counts each decision by its outcome', async () => {
      await ask(base);
      await ask(base, { as: 'outsider' });
      await ask(base, { as: 'expired' });
      await fixture.ask(base);
      expect(fixture.counts.filter((one) => !one.includes(' '))).toEqual([
        'allow',
        'not-found',
        'expired',
        'missing',
      ]);
    });

    it('GW15 a download that has begun goes on when its credential is revoked; the next one fails', async () => {
      let open = () => {};
      const until = new Promise<void>((resolve) => {
        open = resolve;
      });
      upstream.fault = (path) =>
        path === `/files/${wheel.filename}` ? { kind: 'paused', after: 1000, until } : undefined;
      const first = ask(wheelPath);
      await expect.poll(() => upstream.count(`/files/${wheel.filename}`), { interval: 5 }).toBe(1);
      fixture.principals.set('member', { ok: false, problem: 'revoked', message: 'revoked' });
      open();
      expect(await first).toMatchObject({ status: 200, complete: true });
      expect(await ask(wheelPath)).toMatchObject({ status: 401 });
    });
  });

  describe('paths', () => {
    it.each([
      '/simple/acme/main/%2e%2e/secret/sample/',
      '/simple/acme/main/../secret/',
      '/simple/acme%2fmain/sample/',
      '/simple//acme/main/',
      '/simple/acme/main;x=1/sample/',
      '/simple/acme/main\\sample/',
      '/simple/acme/./main/',
      '/simple/acme/main/%c0%ae%c0%ae/',
      '/simple/acme/main/%00/',
      '/simple/acme/main/#x',
      '/simple/acme/main/%2523/',
      '/simple;/acme/main/',
    ])('GW01 %s is 400, whoever asks', async (target) => {
      expect(await raw(target)).toBe(400);
      expect(await raw(target, '')).toBe(400);
      expect(upstream.requests).toEqual([]);
    });

    it('GW01 no spelling reaches an index that its plain spelling does not name', async () => {
      fixture.indexes.set('acme/secret', indexOf('acme', 'secret', [hostedRegistry()]));
      fixture.principals.set('member', {
        ok: true,
        principal: {
          kind: 'accessor',
          accessorId: 'a',
          organization: 'acme',
          views: ['main'],
          credentialId: 'c',
        },
        expiresAt: 1e15,
      });
      const piece = fc.constantFrom(
        'simple',
        'acme',
        'main',
        'secret',
        'sample',
        '/',
        '//',
        '..',
        '.',
        '%2e',
        '%2f',
        '\\',
        ';',
        '%5c',
        '%00',
        '?',
        '%',
      );
      await fc.assert(
        fc.asyncProperty(fc.array(piece, { maxLength: 10 }), async (pieces) => {
          const status = await raw(`/simple/${pieces.join('')}`);
          if (status === 200) expect(pieces.join('')).toMatch(/^acme\/main(?:\/|\?)/);
          expect([0, 200, 301, 400, 403, 404]).toContain(status);
        }),
        { numRuns: 300 },
      );
    });

    it('serves a page without its slash in place, so that curl -u needs no -L', async () => {
      const [bare, full] = await Promise.all([ask(base.slice(0, -1)), ask(base)]);
      expect(bare.status).toBe(200);
      expect(bare.text).toBe(full.text);
      expect(await ask('/simple/pypi/sample', { headers: { authorization: 'Bearer member' } })).toMatchObject(
        { status: 200 },
      );
    });

    it('redirects other spellings of a name, and the list to its slash, within the origin', async () => {
      expect(await ask('/simple/acme/main/Sample/')).toMatchObject({
        status: 301,
        headers: { location: base },
      });
      expect(await ask('/simple/acme/main/sa.mp_le')).toMatchObject({
        status: 301,
        headers: { location: '/simple/acme/main/sa-mp-le/' },
      });
      expect(await ask('/simple/acme/main')).toMatchObject({
        status: 301,
        headers: { location: '/simple/acme/main/' },
      });
      expect(await ask('/simple/pypi')).toMatchObject({
        status: 301,
        headers: { location: '/simple/pypi/' },
      });
      expect(await fixture.ask('/simple/acme/main/Sample/')).toMatchObject({ status: 401 });
    });

    it('leaves to others what is not below /simple', async () => {
      for (const path of ['/', '/simpler/', '/healthz'])
        expect(await ask(path)).toMatchObject({ status: 421 });
    });
  });
});
