import type { Socket } from 'node:net';
import type { ProxyServer } from './proxy.ts';

const basic = ({ username, password }: ProxyServer): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** Headers that sign in at an HTTP proxy; none without a user name. */
export const proxyHeaders = (proxy: ProxyServer): Record<string, string> =>
  proxy.username === '' ? {} : { 'proxy-authorization': basic(proxy) };

const connected = (socket: Socket, event: 'connect' | 'secureConnect'): Promise<Socket> =>
  new Promise((resolve, reject) => {
    socket.once(event, () => {
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', reject);
  });

const openSocket = async (proxy: ProxyServer, ca: string[] | undefined): Promise<Socket> => {
  const { hostname: host, port } = proxy;
  if (proxy.kind !== 'https') return (await import('node:net')).connect(port, host);
  const tls = await import('node:tls');
  return tls.connect({ host, port, servername: host, ...(ca === undefined ? {} : { ca }) });
};

/**
 * A connection to the proxy itself; over TLS for an `https://` proxy. It ends when `signal` aborts: an open one would keep
 * the process alive.
 */
export const connectToProxy = async (
  proxy: ProxyServer,
  ca: string[] | undefined,
  signal: AbortSignal,
): Promise<Socket> => {
  const socket = await openSocket(proxy, ca);
  signal.addEventListener('abort', () => socket.destroy(), { once: true });
  return connected(socket, proxy.kind === 'https' ? 'secureConnect' : 'connect');
};

const maximumHead = 16_384;

const readHead = (socket: Socket): Promise<string> =>
  new Promise((resolve, reject) => {
    let head = '';
    const settle = (done: () => void): void => {
      socket.off('data', take);
      socket.off('end', ended);
      socket.off('error', failed);
      socket.pause();
      done();
    };
    const take = (chunk: Buffer): void => {
      head += chunk.toString('latin1');
      // A server behind the tunnel does not speak before the client has, so nothing follows the head.
      if (head.includes('\r\n\r\n')) settle(() => resolve(head));
      else if (head.length > maximumHead) settle(() => reject(new Error('the proxy answered at length')));
    };
    const ended = (): void => settle(() => reject(new Error('the proxy closed the connection')));
    const failed = (error: Error): void => settle(() => reject(error));
    socket.on('data', take);
    socket.on('end', ended);
    socket.on('error', failed);
  });

/** CONNECT `host:port` (RFC 9110 §9.3.6) over a connection to an HTTP proxy; the socket then speaks to the target. */
export const connectThroughHttp = async (
  socket: Socket,
  proxy: ProxyServer,
  host: string,
  port: number,
): Promise<void> => {
  const target = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const headers = Object.entries({ host: target, ...proxyHeaders(proxy) });
  socket.write(
    `CONNECT ${target} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
  );
  const [status = ''] = (await readHead(socket)).split('\r\n', 1);
  const code = /^HTTP\/1\.[01] (\d{3})/.exec(status)?.[1];
  if (code === '407') throw new Error('the proxy wants a user name and password (407)');
  if (!code?.startsWith('2')) throw new Error(`the proxy could not connect (${code ?? 'no HTTP answer'})`);
};
