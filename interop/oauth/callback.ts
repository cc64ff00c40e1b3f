import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A program's loopback address (RFC 8252 §7.3) on whatever port is free. */
export type Callback = AsyncDisposable & {
  redirectUri: string;
  /** The whole URL that the browser came back with. */
  received: Promise<URL>;
};

export async function listenForCallback(): Promise<Callback> {
  const { promise: received, resolve } = Promise.withResolvers<URL>();
  const server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Back in the program</h1>');
    if (request.url?.startsWith('/callback')) resolve(new URL(request.url, origin()));
  });
  const origin = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    redirectUri: `${origin()}/callback`,
    received,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** The heading of its page. */
export const backInProgram = 'Back in the program';
