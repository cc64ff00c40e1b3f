import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createUpstream, readBody, type Upstream, upstreamLimits } from './upstream.ts';
import {
  openUpstreamCredential,
  upstreamAuthorization,
  upstreamCredentialContext,
} from './upstream-credential.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Two origins on loopback: the upstream's own and another host that it may send to. */
async function startServer(handler: Handler) {
  const seen: { url: string; authorization: string | undefined; cookie: string | undefined }[] = [];
  const server = createServer((request, response) => {
    const { authorization, cookie } = request.headers;
    seen.push({ url: request.url ?? '', authorization, cookie });
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, seen, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function stop(server: Server) {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

describe('upstream', () => {
  const authorization = 'Basic dXBzdHJlYW06c2VjcmV0';
  let own: Awaited<ReturnType<typeof startServer>>;
  let other: Awaited<ReturnType<typeof startServer>>;
  let upstream: Upstream;
  let answerOwn: Handler;

  const connect = (options: Partial<Parameters<typeof createUpstream>[0]> = {}) =>
    createUpstream({ url: `${own.origin}/simple`, authorization, ...options });
  const get = async (target: string) => {
    const answer = await upstream.request(new URL(target, upstream.url), {});
    return { status: answer.status, url: answer.url.href, text: (await readBody(answer, 100)).toString() };
  };

  beforeEach(async () => {
    answerOwn = (_, response) => response.end('own');
    own = await startServer((request, response) => answerOwn(request, response));
    other = await startServer((_, response) => response.end('other'));
    upstream = connect();
  });
  afterEach(async () => {
    await upstream.close();
    await Promise.all([stop(own.server), stop(other.server)]);
  });

  it('sends the registry credential to its own origin', async () => {
    expect(await get('ruff/')).toEqual({ status: 200, url: `${own.origin}/simple/ruff/`, text: 'own' });
    expect(own.seen).toEqual([{ url: '/simple/ruff/', authorization, cookie: undefined }]);
  });

  it('GW04 never sends the registry credential to a file address of another origin', async () => {
    expect(await get(`${other.origin}/x.whl`)).toMatchObject({ text: 'other' });
    expect(other.seen).toEqual([{ url: '/x.whl', authorization: undefined, cookie: undefined }]);
  });

  it.each([301, 302, 303, 307, 308])(
    'GW04 RM15 drops the credential on a %i to another origin',
    async (status) => {
      answerOwn = (_, response) =>
        response.writeHead(status, { location: `${other.origin}/moved`, 'set-cookie': 'a=b' }).end();
      expect(await get('ruff/')).toMatchObject({ status: 200, url: `${other.origin}/moved`, text: 'other' });
      expect(other.seen).toEqual([{ url: '/moved', authorization: undefined, cookie: undefined }]);
    },
  );

  it('RM02 sends it again when a redirect leads back to its own origin', async () => {
    answerOwn = (request, response) =>
      request.url === '/simple/a/' ? response.writeHead(302, { location: '/b' }).end() : response.end('b');
    expect(await get('a/')).toMatchObject({ url: `${own.origin}/b`, text: 'b' });
    expect(own.seen.map((one) => one.authorization)).toEqual([authorization, authorization]);
  });

  it('RM04 follows five redirects and no sixth', async () => {
    answerOwn = (request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) response.end('there');
      else response.writeHead(302, { location: `/${left - 1}` }).end();
    };
    expect(await get('/5')).toMatchObject({ text: 'there' });
    await expect(get('/6')).rejects.toMatchObject({ code: 'upstream-failed' });
  });

  it.each([
    ['userinfo', () => `http://user:pass@127.0.0.1:1/`],
    ['a file', () => 'file:///etc/passwd'],
    ['no address', () => 'http://'],
    ['another scheme', () => 'gopher://127.0.0.1/'],
    ['link-local', () => 'http://169.254.169.254/latest/meta-data/'],
    ['private', () => 'http://10.0.0.1/'],
    ['a disguised address', () => 'http://[::ffff:10.0.0.1]/'],
  ])('RM04 GW09 refuses a redirect to %s', async (_, location) => {
    answerOwn = (_, response) => response.writeHead(302, { location: location() }).end();
    await expect(get('ruff/')).rejects.toMatchObject({ name: 'ServiceError', code: 'upstream-failed' });
  });

  it('GW09 does not reach loopback for an upstream elsewhere, by address or by name', async () => {
    const resolve = async (host: string) =>
      host === 'index.example.com'
        ? [{ address: '93.184.215.14', family: 4 }]
        : [{ address: '127.0.0.1', family: 4 }];
    upstream = createUpstream({ url: 'http://index.example.com/simple/', authorization, resolve });
    await expect(get(`${other.origin}/x`)).rejects.toMatchObject({ code: 'upstream-failed' });
    const port = new URL(other.origin).port;
    await expect(get(`http://files.example.com:${port}/x`)).rejects.toMatchObject({
      code: 'upstream-failed',
    });
    expect(other.seen).toEqual([]);
  });

  it('GW09 reaches a named file host beside an upstream that is itself on loopback', async () => {
    upstream = connect({ resolve: async () => [{ address: '127.0.0.1', family: 4 }] });
    expect(await get(`http://files.example.com:${new URL(other.origin).port}/x`)).toMatchObject({
      text: 'other',
    });
  });

  it('RM01 never goes from https to http', async () => {
    upstream = createUpstream({ url: 'https://index.example.com/simple/', authorization });
    await expect(get(`${other.origin}/x.whl`)).rejects.toMatchObject({ code: 'upstream-failed' });
    expect(other.seen).toEqual([]);
  });

  it('GW08 gives up on a silent upstream, on one that stalls in the body, and says so', async () => {
    upstream = connect({ limits: { ...upstreamLimits, headers: 300, idle: 300 } });
    answerOwn = () => {};
    await expect(get('silent/')).rejects.toMatchObject({ code: 'upstream-timeout' });
    answerOwn = (_, response) => response.writeHead(200, { 'content-length': '10' }).write('half');
    await expect(get('stalled/')).rejects.toMatchObject({ code: 'upstream-timeout' });
  });

  it('GW08 reports a body that ends early, and a server that is not there', async () => {
    answerOwn = (_, response) => {
      response.writeHead(200, { 'content-length': '10' }).write('half');
      setImmediate(() => response.destroy());
    };
    await expect(get('cut/')).rejects.toMatchObject({ code: 'upstream-failed' });
    await stop(own.server);
    await expect(get('gone/')).rejects.toMatchObject({ code: 'upstream-failed' });
  });

  it('reads no more than the limit of a page', async () => {
    answerOwn = (_, response) => response.end('x'.repeat(100));
    expect((await get('full/')).text).toHaveLength(100);
    answerOwn = (_, response) => response.end('x'.repeat(101));
    await expect(get('over/')).rejects.toMatchObject({ code: 'upstream-failed' });
  });

  it('names the host in its errors, and neither the credential nor the query', async () => {
    answerOwn = (_, response) => response.destroy();
    const error = await get('x/?X-Signature=canary').catch((caught: Error) => caught);
    expect(String(error)).toContain('127.0.0.1');
    expect(String(error)).not.toMatch(/canary|dXBz|secret/);
  });
});

describe('upstream credential', () => {
  it.each([
    ['user:pass:word', `Basic ${Buffer.from('user:pass:word').toString('base64')}`],
    ['  token-abc\n', 'Bearer token-abc'],
    ['Bearer abc', 'Bearer abc'],
    ['Basic dTpw', 'Basic dTpw'],
  ])('%j becomes a header', (credential, expected) => {
    expect(upstreamAuthorization(credential)).toBe(expected);
  });

  it.each(['', '  ', 'a\r\nX: y', 'tökén', 'a\0b'])('RM08 %j is refused', (credential) => {
    expect(() => upstreamAuthorization(credential)).toThrow('printable ASCII');
  });

  it('is opened for the registry that it was sealed for', () => {
    const crypto = { open: (sealed: string, context: string) => `${sealed}:${context}` };
    const registry = { id: 'reg_1', sealedUpstreamCredential: 'sealed' };
    const opened = openUpstreamCredential(registry as never, crypto as never);
    expect(opened).toBe(upstreamAuthorization(`sealed:${upstreamCredentialContext('reg_1')}`));
    expect(
      openUpstreamCredential({ ...registry, sealedUpstreamCredential: null } as never, crypto as never),
    ).toBeUndefined();
  });
});
