import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FormBrowser, pyxLogin, type Tokens } from '../support/forms.ts';
import { sendRaw, statusesOf } from '../support/raw-socket.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let login: Tokens;
beforeAll(async () => {
  service = await startService({ built: true, args: ['--log-level', 'debug'] });
  const browser = new FormBrowser(service.url);
  await browser.signIn(service.owner);
  login = await pyxLogin(service.url, browser);
});
afterAll(() => service?.[Symbol.asyncDispose]());

const stillServes = async () => {
  const headers = { authorization: `Bearer ${login.access_token}` };
  expect((await fetch(`${service.url}/api/v1/whoami`, { headers })).status).toBe(200);
  expect(service.log()).not.toMatch(/uncaught exception|unhandled rejection|"level":50/);
};

/** One address of each of the three parts that answer requests. */
const targets = ['/simple/acme/main/', '/auth/cli/refresh', '/oauth2/token'];
const smuggled = 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n';
const chunkedSmuggler = `0\r\n\r\n${smuggled}`;

const ambiguous: readonly [what: string, headers: string, body: string][] = [
  ['length and chunks', 'Content-Length: 4\r\nTransfer-Encoding: chunked', chunkedSmuggler],
  ['chunks and length', 'Transfer-Encoding: chunked\r\nContent-Length: 4', chunkedSmuggler],
  ['an unknown coding', 'Transfer-Encoding: xchunked', chunkedSmuggler],
  ['chunks, then identity', 'Transfer-Encoding: chunked, identity', chunkedSmuggler],
  ['identity and length', 'Transfer-Encoding: identity\r\nContent-Length: 0', smuggled],
  ['a space before the colon', 'Transfer-Encoding : chunked', chunkedSmuggler],
  ['a tab before the colon', 'Content-Length\t: 0', smuggled],
  ['a vertical tab in the value', 'Transfer-Encoding: \x0bchunked', chunkedSmuggler],
  ['a quoted coding', 'Transfer-Encoding: "chunked"', chunkedSmuggler],
  ['two lengths', 'Content-Length: 0\r\nContent-Length: 50', smuggled],
  ['two equal lengths', 'Content-Length: 0\r\nContent-Length: 0', smuggled],
  ['a list of lengths', 'Content-Length: 0, 50', smuggled],
  ['a signed length', 'Content-Length: +0', smuggled],
  ['a negative length', 'Content-Length: -1', smuggled],
  ['a hexadecimal length', 'Content-Length: 0x0', smuggled],
  ['an endless length', 'Content-Length: 99999999999999999999999', smuggled],
  ['a folded header', 'A: b\r\n Content-Length: 0\r\nTransfer-Encoding: xchunked', smuggled],
  ['a header without a colon', 'Content-Length 0', smuggled],
  ['a header without a name', ': 0', smuggled],
  ['a NUL in a header', 'A: b\0c', smuggled],
  ['a bare CR in a header', 'A: b\rContent-Length: 0', smuggled],
  ['a bad chunk size', 'Transfer-Encoding: chunked', `0x0\r\n\r\n${smuggled}`],
  ['an endless chunk size', 'Transfer-Encoding: chunked', `fffffffffffffffff\r\n${smuggled}`],
];

describe('GW05 requests that two servers could read differently', () => {
  it.each(ambiguous)('GW05 %s: 400 or 501, once, and the connection is closed', async (_, headers, body) => {
    for (const target of targets) {
      const request = `POST ${target} HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n${body}`;
      const answer = await sendRaw(service.url, request);
      expect(statusesOf(answer).length, answer).toBe(1);
      expect(statusesOf(answer)[0]).toBeGreaterThanOrEqual(400);
      expect(answer).not.toContain('pkgauth_http_requests_total');
    }
    await stillServes();
  });

  it('GW05 lines that end with a line feed alone smuggle nothing', async () => {
    for (const target of targets) {
      const request = `POST ${target} HTTP/1.1\nHost: x\nContent-Length: 0\n\n`;
      expect(statusesOf(await sendRaw(service.url, request))).toEqual([400]);
    }
  });

  it('GW05 a body that was announced is never taken for a request', async () => {
    for (const method of ['GET', 'POST', 'DELETE']) {
      for (const target of [...targets, '/nothing']) {
        const head = `${method} ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: ${smuggled.length}\r\n\r\n`;
        const answer = await sendRaw(service.url, head + smuggled, 300);
        expect(statusesOf(answer).length, answer).toBe(1);
        expect(answer).not.toContain('pkgauth_http_requests_total');
      }
    }
  });

  it('GW05 pipelined requests are answered in their order', async () => {
    const paths = ['/healthz', '/simple/acme/main/', '/nothing', '/oauth2/token', '/metrics'];
    const requests = paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).join('');
    const answer = await sendRaw(service.url, requests, 500);
    expect(statusesOf(answer)).toEqual([200, 401, 404, expect.any(Number), 200]);
    expect(answer.indexOf('"status":"ok"')).toBeLessThan(answer.indexOf('pkgauth_http_requests_total'));
  });
});

describe('OA33 odd Authorization headers on the wire', () => {
  const basic = (text: string) => `Basic ${Buffer.from(text, 'latin1').toString('base64')}`;
  const odd: readonly [what: string, lines: () => string[]][] = [
    ['no colon', () => [basic('abc')]],
    ['no base64', () => ['Basic %%%']],
    ['bytes that are no UTF-8', () => [basic('\xff\xfe:\xc0\x80'), 'Bearer \xff\xfe']],
    ['a repeated scheme', () => [`Bearer Bearer ${login.access_token}`]],
    ['a tab', () => [`Bearer\t${login.access_token}`]],
    ['two tokens', () => [`Bearer ${login.access_token}, Bearer ${login.access_token}`]],
    ['14 KiB', () => [`Bearer ${'a'.repeat(14_000)}`]],
    ['half a token', () => [`Bearer ${login.access_token.slice(0, -1)}`]],
    ['a token and more', () => [`Bearer ${login.access_token}.x`, `Bearer ${login.access_token} x`]],
    ['a foreign scheme', () => [`Negotiate ${login.access_token}`]],
  ];
  it.each(odd)('OA33 %s: 401', async (_, lines) => {
    for (const line of lines()) {
      for (const target of ['/simple/acme/main/', '/api/v1/whoami', '/oauth2/userinfo']) {
        const request = `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: ${line}\r\n\r\n`;
        expect(statusesOf(await sendRaw(service.url, request)), `${target} ${line.slice(0, 40)}`).toEqual([
          401,
        ]);
      }
    }
    await stillServes();
  });

  it('OA33 64 KiB: 431, and two headers count as one answer that is not 200 or 500', async () => {
    const long = `GET /api/v1/whoami HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${'a'.repeat(65_536)}\r\n\r\n`;
    expect(statusesOf(await sendRaw(service.url, long))).toEqual([431]);
    const lines = `Authorization: Bearer x\r\nAuthorization: Bearer ${login.access_token}`;
    const twice = `GET /api/v1/whoami HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${lines}\r\n\r\n`;
    expect([400, 401]).toContain(statusesOf(await sendRaw(service.url, twice))[0]);
    await stillServes();
  });
});

describe('OA25 forged access tokens', () => {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

  it('OA25 none of them is accepted, and none makes the service fetch a key', async () => {
    const asked: string[] = [];
    const bait = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end('{}');
    }).listen(0, '127.0.0.1');
    await once(bait, 'listening');
    const url = `http://127.0.0.1:${(bait.address() as AddressInfo).port}/jwks`;
    const [head = '', claims = '', signature = ''] = login.access_token.split('.');
    const header = JSON.parse(Buffer.from(head, 'base64url').toString()) as Record<string, unknown>;
    const { keys } = (await (await fetch(`${service.url}/.well-known/jwks.json`)).json()) as {
      keys: { kid: string; kty: string }[];
    };
    const ours = keys.find(({ kid }) => kid === header['kid']);
    const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const jwk = own.publicKey.export({ format: 'jwk' });
    const es256 = (changed: object) => {
      const input = `${encode({ ...header, ...changed })}.${claims}`;
      const made = sign('sha256', Buffer.from(input), { key: own.privateKey, dsaEncoding: 'ieee-p1363' });
      return `${input}.${made.toString('base64url')}`;
    };
    const hs256 = (secret: string | Buffer) => {
      const input = `${encode({ ...header, alg: 'HS256' })}.${claims}`;
      return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
    };
    const publicKey = createPublicKey({ key: ours as never, format: 'jwk' });
    const rs256 = `${encode({ ...header, alg: 'RS256' })}.${claims}`;
    const forged = [
      `${encode({ ...header, alg: 'none' })}.${claims}.`,
      `${encode({ ...header, alg: 'None' })}.${claims}.${signature}`,
      `${head}.${claims}.`,
      hs256(publicKey.export({ type: 'spki', format: 'pem' })),
      hs256(publicKey.export({ type: 'spki', format: 'der' })),
      hs256(JSON.stringify(ours)),
      hs256(''),
      `${rs256}.${sign('sha256', Buffer.from(rs256), rsa.privateKey).toString('base64url')}`,
      es256({}),
      es256({ kid: '../../../../dev/null' }),
      es256({ kid: "' OR 1=1 --" }),
      es256({ kid: url }),
      es256({ kid: undefined }),
      es256({ jku: url }),
      es256({ x5u: url }),
      es256({ jwk }),
      es256({ jwk, kid: undefined }),
      es256({ crit: ['exp'] }),
      `${encode({ ...header, crit: ['b64'], b64: false })}.${claims}.${signature}`,
      `${head}.${claims}.${signature}\n`.trimEnd().concat('.'),
      `${head}.${claims}.${signature}=`,
      `${head}..${signature}`,
      `${head}.${claims}.${'A'.repeat(86)}`,
      `.${claims}.${signature}`,
      '.'.repeat(10_000),
      `${'a.'.repeat(5_000)}a`,
    ];
    for (const token of forged) {
      for (const target of ['/simple/acme/main/', '/api/v1/whoami', '/oauth2/userinfo', '/auth/cli/logout']) {
        const headers = { authorization: `Bearer ${token}` };
        const { status } = await fetch(service.url + target, { headers });
        expect(status, `${target} ${token.slice(0, 60)}`).toBe(401);
      }
    }
    expect(asked).toEqual([]);
    bait.close();
    for (const token of forged.filter((one) => one.length > 100))
      expect(service.log()).not.toContain(token.slice(0, 100));
    await stillServes();
  });
});

describe('OA36 bodies on the wire', () => {
  const post = (target: string, headers: string, body: string) =>
    sendRaw(
      service.url,
      `POST ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}Content-Length: ${Buffer.byteLength(body, 'latin1')}\r\n\r\n${body}`,
    );

  it('OA36 a refresh as uv sends it, without any content type', async () => {
    const answer = await post(
      '/auth/cli/refresh',
      '',
      JSON.stringify({ refresh_token: login.refresh_token }),
    );
    expect(statusesOf(answer)).toEqual([200]);
    expect(answer).toContain('"refresh_token":"pkr_');
  });

  const hostile: readonly [what: string, headers: string, body: string][] = [
    [
      'a packed bomb',
      'Content-Encoding: gzip\r\n',
      gzipSync(Buffer.alloc(20_000_000)).toString('latin1').slice(0, 60_000),
    ],
    ['a hundred thousand keys', '', `{${Array.from({ length: 100_000 }, (_, key) => `"${key}":1`).join()}}`],
    ['great depth', 'Content-Type: application/json\r\n', `${'['.repeat(30_000)}${']'.repeat(30_000)}`],
    [
      'a thousand parameters',
      'Content-Type: application/x-www-form-urlencoded\r\n',
      Array.from({ length: 1_000 }, (_, key) => `a${key}=1`).join('&'),
    ],
    [
      'NUL',
      'Content-Type: application/x-www-form-urlencoded\r\n',
      'token=%00&client_id=pkgauth%00&refresh_token=%00',
    ],
    ['another character set', 'Content-Type: application/json; charset=utf-7\r\n', '{"a":1}'],
    ['several parts', 'Content-Type: multipart/form-data; boundary=x\r\n', '--x\r\n\r\n--x--'],
  ];
  it('OA36 five megabytes: refused, or cut off before all of it was sent', async () => {
    for (const target of ['/auth/cli/refresh', '/oauth2/token']) {
      expect([[413], [400], []]).toContainEqual(statusesOf(await post(target, '', 'x'.repeat(5_000_000))));
    }
    await stillServes();
  });

  it.each(hostile)('OA36 %s: refused with 4xx by every door', async (_, headers, body) => {
    for (const target of ['/auth/cli/refresh', '/oauth2/token', '/oauth2/device/code', '/sign-in', '/keys']) {
      const [status = 0] = statusesOf(await post(target, headers, body));
      expect(status, target).toBeGreaterThanOrEqual(400);
      expect(status, target).toBeLessThan(500);
    }
    await stillServes();
  });
});

describe('GW14 connections that do nothing, or next to nothing', () => {
  const count = Number(process.env.PKGAUTH_SLOW_CONNECTIONS ?? 300);

  it(`GW14 serves beside ${count} idle and ${count} slow connections, and ends the slow ones`, async () => {
    const { hostname, port } = new URL(service.url);
    const open = async (first: string): Promise<Socket> => {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined);
      socket.resume();
      await once(socket, 'connect');
      socket.write(first);
      return socket;
    };
    const idle = await Promise.all(Array.from({ length: count }, () => open('')));
    const slow = await Promise.all(
      Array.from({ length: count }, () => open('GET /healthz HTTP/1.1\r\nHost: x\r\n')),
    );
    const closed = Promise.all(
      slow.map(async (socket) => {
        if (!socket.closed) await once(socket, 'close');
      }),
    );
    const drip = setInterval(() => {
      for (const socket of slow) if (socket.writable) socket.write('A: b\r\n');
    }, 1_000);
    for (let request = 0; request < 50; request++) await stillServes();
    await closed;
    clearInterval(drip);
    await stillServes();
    for (const socket of idle) socket.destroy();
  });
});
