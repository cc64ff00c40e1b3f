import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, createServer as createRawServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { run, temporaryDirectory } from '@pkgauth/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeHttp } from './http.ts';

type Listening = AsyncDisposable & { readonly port: number; readonly sockets: Set<Socket> };

const listening = async (server: Server | ReturnType<typeof createRawServer>): Promise<Listening> => {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
};

const answering = (listener: RequestListener): Promise<Listening> => listening(createServer(listener));
const raw = (talk: (socket: Socket) => void): Promise<Listening> => listening(createRawServer(talk));
const get = (url: string, env: Record<string, string> = {}, timeout = 5000) =>
  nodeHttp(env).send({ method: 'GET', url, timeout });

describe('send', () => {
  it('sends method, headers and body, and gives back status, reason, headers and body', async () => {
    const seen: { method?: string | undefined; headers?: IncomingMessage['headers']; body?: string } = {};
    await using server = await answering(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      Object.assign(seen, { method: request.method, headers: request.headers, body });
      response.writeHead(418, 'Short And Stout', { 'X-One': 'a', 'Set-Cookie': ['b=1', 'c=2'] });
      response.end('tea \u00e4');
    });
    const url = `http://127.0.0.1:${server.port}/path?q=1`;
    const response = await nodeHttp({}).send({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json', authorization: 'Bearer s3cret' },
      body: '{"a":"\u00e4"}',
    });
    expect(seen).toMatchObject({
      method: 'POST',
      body: '{"a":"\u00e4"}',
      headers: { 'content-length': '10', authorization: 'Bearer s3cret' },
    });
    expect(response).toMatchObject({ status: 418, reason: 'Short And Stout', body: 'tea \u00e4' });
    expect(response.headers).toMatchObject({ 'x-one': 'a', 'set-cookie': 'b=1, c=2' });
  });

  it('RM01 follows no redirect', async () => {
    let requests = 0;
    await using server = await answering((_request, response) => {
      requests += 1;
      response.writeHead(302, { Location: '/elsewhere' }).end();
    });
    const response = await get(`http://127.0.0.1:${server.port}/`);
    expect([response.status, response.headers.location, requests]).toEqual([302, '/elsewhere', 1]);
  });

  it('LF19 refuses an answer over 1 MiB, and one that never ends', async () => {
    await using server = await answering((_request, response) => {
      const pour = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      };
      response.on('drain', pour);
      pour();
    });
    await expect(get(`http://127.0.0.1:${server.port}/`)).rejects.toMatchObject({ code: 'bad-response' });
  });

  it('LF19 gives up a slow drip, a silent server and a silent proxy within the limit', async () => {
    await using drip = await answering((_request, response) => {
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(timer));
    });
    await using silent = await raw(() => undefined);
    await expect(get(`http://127.0.0.1:${drip.port}/`, {}, 300)).rejects.toMatchObject({ code: 'timeout' });
    await expect(get(`http://127.0.0.1:${silent.port}/`, {}, 300)).rejects.toMatchObject({ code: 'timeout' });
    const env = { HTTPS_PROXY: `http://127.0.0.1:${silent.port}` };
    await expect(get('https://h.example/', env, 300)).rejects.toMatchObject({ code: 'timeout' });
  });

  it.each([
    ['nothing', ''],
    ['not HTTP', 'SSH-2.0-OpenSSH\r\n'],
    ['half an answer', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'],
    ['half a header', 'HTTP/1.1 200 OK\r\nContent-Le'],
    ['endless headers', `HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(20_000)}`],
  ])('N04 LF19 an answer that is %s is an error that names the host', async (_, text) => {
    await using server = await raw((socket) => socket.once('data', () => socket.end(text)));
    const host = `127.0.0.1:${server.port}`;
    const failure = expect(get(`http://${host}/secret-path`)).rejects;
    await failure.toMatchObject({ code: expect.stringMatching(/^(?:network|bad-response)$/) as string });
    await expect(get(`http://${host}/secret-path`)).rejects.toThrow(host);
    await expect(get(`http://${host}/secret-path`)).rejects.not.toThrow('secret-path');
  });

  it('says when nothing listens and when there is no such host', async () => {
    const { port } = await (async () => {
      await using server = await raw(() => undefined);
      return { port: server.port };
    })();
    await expect(get(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({ code: 'network' });
    await expect(get('https://nowhere.invalid/')).rejects.toMatchObject({ code: 'network' });
  });

  it('LF17 reaches a host by IPv6 literal', async () => {
    const server = createServer((_request, response) => response.end('six')).listen(0, '::1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      expect((await get(`http://[::1]:${port}/`)).body).toBe('six');
    } finally {
      server.close();
    }
  });

  it('is interrupted by its signal', async () => {
    await using silent = await raw(() => undefined);
    const controller = new AbortController();
    const sent = nodeHttp({}).send({
      method: 'GET',
      url: `http://127.0.0.1:${silent.port}/`,
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(), 50);
    await expect(sent).rejects.toMatchObject({ code: 'interrupted' });
  });

  it.each([
    'http://h.example/',
    'http://127.0.0.1.nip.example/',
    'http://10.0.0.1/',
    'http://localhost.example/',
  ])('LF26 refuses plain http to %s', async (url) => {
    await expect(get(url)).rejects.toMatchObject({ code: 'insecure-url' });
  });

  it('LF26 lets plain http go to a host that was declared insecure, and to no other', async () => {
    const env = { PKGAUTH_INSECURE_HOST: 'a.invalid:81, b.invalid' };
    await expect(get('http://a.invalid:81/', env)).rejects.toMatchObject({ code: 'network' });
    await expect(get('http://b.invalid:9/', env)).rejects.toMatchObject({ code: 'network' });
    await expect(get('http://a.invalid/', env)).rejects.toMatchObject({ code: 'insecure-url' });
    await expect(get('http://c.invalid/', env)).rejects.toMatchObject({ code: 'insecure-url' });
  });

  it.each(['', 'h.example', 'ftp://h.example/', 'file:///etc/passwd'])('refuses %j', async (url) => {
    await expect(get(url)).rejects.toMatchObject({ code: 'usage' });
  });
});

/** Connects what a proxy was asked for to the test's own server, whatever the name. */
const splice = (client: Socket, port: number): void => {
  const target = connect(port, '127.0.0.1');
  target.on('error', () => client.destroy());
  client.on('error', () => target.destroy());
  client.pipe(target).pipe(client);
};

describe('TLS and proxies', () => {
  const place = temporaryDirectory();
  const [key, cert] = [join(place.path, 'key.pem'), join(place.path, 'cert.pem')];
  const listener: RequestListener = (request, response) =>
    response.end(`hello ${request.headers['proxy-authorization'] ?? ''}`);
  beforeAll(async () => {
    const names = 'subjectAltName=DNS:h.example,DNS:localhost,IP:127.0.0.1';
    const options = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
    const result = await run('openssl', [
      ...['req', '-x509', ...options, '-subj', '/CN=test', '-addext', names, '-keyout', key, '-out', cert],
    ]);
    expect(result.code).toBe(0);
  });
  afterAll(() => place[Symbol.dispose]());
  const tlsServer = (): Promise<Listening> =>
    listening(
      createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, listener) as unknown as Server,
    );

  it('LF16 names host and remedy when the certificate is not trusted', async () => {
    await using server = await tlsServer();
    const host = `127.0.0.1:${server.port}`;
    await expect(get(`https://${host}/`)).rejects.toMatchObject({
      code: 'tls',
      message: expect.stringContaining(host) as string,
      hint: expect.stringContaining('SSL_CERT_FILE') as string,
    });
  });

  it.each(['SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'])(
    'LF15 trusts the roots in %s',
    async (name) => {
      await using server = await tlsServer();
      expect((await get(`https://localhost:${server.port}/`, { [name]: cert })).body).toBe('hello ');
    },
  );

  it('LF16 checks the name although the root is trusted', async () => {
    await using server = await tlsServer();
    const env = { SSL_CERT_FILE: cert, NODE_EXTRA_CA_CERTS: cert };
    await expect(get(`https://127.0.0.2:${server.port}/`, env)).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:tls|network)$/) as string,
    });
  });

  it('LF15 says which variable names a file that holds no certificate, or none at all', async () => {
    const url = 'https://h.example/';
    await expect(get(url, { SSL_CERT_FILE: `${key}x` })).rejects.toThrow(/SSL_CERT_FILE/);
    await expect(get(url, { SSL_CERT_FILE: '/etc/hostname' })).rejects.toMatchObject({ code: 'tls' });
  });

  it('LF15 goes through an HTTP proxy by CONNECT, signing in there and nowhere else', async () => {
    await using server = await tlsServer();
    const heads: string[] = [];
    await using proxy = await raw((client) =>
      client.once('data', (head: Buffer) => {
        heads.push(head.toString());
        client.write('HTTP/1.1 200 Connected\r\nX: y\r\n\r\n');
        splice(client, server.port);
      }),
    );
    const env = { SSL_CERT_FILE: cert, HTTPS_PROXY: `http://ada:p%40ss@127.0.0.1:${proxy.port}` };
    expect((await get('https://h.example:8443/', env)).body).toBe('hello ');
    expect(heads).toEqual([
      `CONNECT h.example:8443 HTTP/1.1\r\nhost: h.example:8443\r\nproxy-authorization: Basic ${btoa('ada:p@ss')}\r\n\r\n`,
    ]);
  });

  it.each([
    ['407 Proxy Authentication Required', /user name and password/],
    ['502 Bad Gateway', /502/],
  ])('LF15 says so when the proxy answers %s, without its password', async (status, reason) => {
    await using proxy = await raw((client) =>
      client.once('data', () => client.end(`HTTP/1.1 ${status}\r\n\r\n`)),
    );
    const env = { HTTPS_PROXY: `http://ada:canary@127.0.0.1:${proxy.port}` };
    await expect(get('https://h.example/', env)).rejects.toThrow(reason);
    await expect(get('https://h.example/', env)).rejects.not.toThrow('canary');
  });

  it('LF15 goes through a SOCKS5 proxy that wants a password', async () => {
    await using server = await tlsServer();
    const said: string[] = [];
    await using proxy = await raw(async (client) => {
      const next = async (): Promise<string> =>
        ((await once(client, 'data')) as [Buffer])[0].toString('latin1');
      said.push(await next());
      client.write(Buffer.of(5, 2));
      said.push(await next());
      client.write(Buffer.of(1, 0));
      said.push(await next());
      client.write(Buffer.of(5, 0, 0, 1, 127, 0, 0, 1, 0, 80));
      splice(client, server.port);
    });
    const env = { SSL_CERT_FILE: cert, ALL_PROXY: `socks5h://ada:pw@127.0.0.1:${proxy.port}` };
    expect((await get('https://h.example/', env)).body).toBe('hello ');
    expect(said).toEqual(['\x05\x02\x00\x02', '\x01\x03ada\x02pw', '\x05\x01\x00\x03\x09h.example\x01\xbb']);
  });

  it('RM10 a proxy never sees the credentials of a request', async () => {
    await using server = await tlsServer();
    let bytes = '';
    await using proxy = await raw((client) =>
      client.once('data', (head: Buffer) => {
        bytes += head.toString('latin1');
        client.on('data', (chunk: Buffer) => {
          bytes += chunk.toString('latin1');
        });
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        splice(client, server.port);
      }),
    );
    const env = { SSL_CERT_FILE: cert, HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
    const headers = { authorization: 'Bearer canary' };
    await nodeHttp(env).send({ method: 'GET', url: 'https://h.example/', headers });
    expect(bytes.length).toBeGreaterThan(200);
    expect(bytes).not.toContain('canary');
  });
});
