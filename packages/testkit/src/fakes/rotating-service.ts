import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type RotatingService = AsyncDisposable & {
  /** `http://127.0.0.1:<port>/` */
  readonly url: string;
  /** Refresh tokens that were presented, in order. */
  readonly presented: readonly string[];
  /** Sessions whose end was asked for. */
  readonly logouts: number;
  /** The tokens of a new login. */
  login(): { access_token: string; refresh_token: string };
  /** Whether an access token is one that this service made and has not ended. */
  accepts(accessToken: string): boolean;
  /** Cuts the next answer to a refresh after so many bytes. */
  cutNextAnswerAfter(bytes: number): void;
};

export type RotatingServiceOptions = {
  /** Seconds that an access token lives; default 3600. */
  lifetime?: number;
  /** Milliseconds that a refresh takes; default 0. */
  delay?: number;
};

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
};

/**
 * The refresh and logout doors of a service that forgives races: it rotates, and gives the holder of any earlier token of
 * the session the current pair, as our own service does for a minute. Tokens of earlier logins are refused.
 */
export const rotatingService = async (options: RotatingServiceOptions = {}): Promise<RotatingService> => {
  const { lifetime = 3600, delay = 0 } = options;
  const presented: string[] = [];
  const alive = new Set<string>();
  let [first, generation, logouts, cut] = [0, 0, 0, -1];
  let url = '';

  const pair = () => {
    const iat = Math.floor(Date.now() / 1000);
    const claims = { iss: url, iat, exp: iat + lifetime, jti: `access-${generation}` };
    const access_token = `${encode({ alg: 'ES256', typ: 'at+jwt' })}.${encode(claims)}.c2lnbmF0dXJl`;
    alive.add(access_token);
    return { access_token, refresh_token: `refresh-${generation}` };
  };

  const refresh = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { refresh_token: token = '' } = JSON.parse(await bodyOf(request)) as { refresh_token?: string };
    presented.push(token);
    await new Promise((resolve) => setTimeout(resolve, delay));
    const place = Number(/^refresh-(\d+)$/.exec(token)?.[1] ?? -1);
    if (place < first || place > generation) {
      return void response.writeHead(401).end('{"error":"invalid_grant"}');
    }
    if (place === generation) generation += 1;
    const body = JSON.stringify(pair());
    const [head, bytes] = [`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`, cut];
    cut = -1;
    response.socket?.end(bytes < 0 ? head + body : (head + body).slice(0, bytes));
  };

  const server = createServer((request, response) => {
    if (request.url === '/auth/cli/refresh') return void refresh(request, response);
    if (request.url === '/auth/cli/logout') {
      logouts += 1;
      alive.clear();
      return void response.end();
    }
    response.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1', 1024);
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

  return {
    url,
    presented,
    get logouts() {
      return logouts;
    },
    login: () => {
      generation += 1;
      first = generation;
      return pair();
    },
    accepts: (accessToken) => alive.has(accessToken),
    cutNextAnswerAfter: (bytes) => {
      cut = bytes;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
