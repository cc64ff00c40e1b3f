import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { truncate, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type FaultyIndex, makeSdist, makeWheel, startFaultyIndex } from '@pkgauth/testkit';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ServiceError } from '../core/errors.ts';
import {
  type GatewayFixture,
  hostedRegistry,
  indexOf,
  mirrorOf,
  startGateway,
  user,
} from './gateway.fixture.ts';

const padding = Buffer.from(Array.from({ length: 400_000 }, (_, at) => (at * 40503) >> 7));
const wheel = makeWheel({ name: 'sample', version: '1.0', padding });
const sdist = makeSdist({ name: 'sample', version: '1.0' });
const json = 'application/vnd.pypi.simple.v1+json';
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

  describe('pages', () => {
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

  describe('files', () => {
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
      for (let at = 0; at < 3; at += 1)
        expect((await ask(`${wheelPath}.metadata`)).text).toBe(wheel.metadata);
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
  });

  describe('when the upstream fails', () => {
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

  describe('hosted registries', () => {
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
