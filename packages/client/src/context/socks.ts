import type { Socket } from 'node:net';
import type { ProxyServer } from './proxy.ts';

/** Reads exact numbers of bytes from a socket that nobody else reads yet. */
const exactly = (socket: Socket, length: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const settle = (done: () => void): void => {
      socket.off('readable', take);
      socket.off('end', ended);
      socket.off('error', failed);
      done();
    };
    const take = (): void => {
      const bytes = socket.read(length) as Buffer | null;
      if (bytes !== null) settle(() => resolve(bytes));
    };
    const ended = (): void => settle(() => reject(new Error('the proxy closed the connection')));
    const failed = (error: Error): void => settle(() => reject(error));
    socket.on('readable', take);
    socket.on('end', ended);
    socket.on('error', failed);
    take();
  });

const signIn = async (socket: Socket, proxy: ProxyServer): Promise<void> => {
  const user = Buffer.from(proxy.username);
  const password = Buffer.from(proxy.password);
  socket.write(Buffer.concat([Buffer.of(1, user.length), user, Buffer.of(password.length), password]));
  const [, status] = await exactly(socket, 2);
  if (status !== 0) throw new Error('the proxy refused its user name and password');
};

/** Length of the address that ends the proxy's answer, by its type (RFC 1928 §5). */
const skipAddress = async (socket: Socket, type: number | undefined): Promise<void> => {
  const lengths: Record<number, number> = { 1: 4, 4: 16 };
  const known = lengths[type ?? 0];
  const length = known ?? (await exactly(socket, 1))[0] ?? 0;
  await exactly(socket, length + 2);
};

/** Opens a connection to `host:port` through a connected SOCKS5 proxy, which resolves the name (RFC 1928, RFC 1929). */
export const connectThroughSocks = async (
  socket: Socket,
  proxy: ProxyServer,
  host: string,
  port: number,
): Promise<void> => {
  const methods = proxy.username === '' ? [0] : [0, 2];
  socket.write(Buffer.of(5, methods.length, ...methods));
  const [version, method] = await exactly(socket, 2);
  if (version !== 5 || (method !== 0 && method !== 2)) throw new Error('the proxy offers no usable sign-in');
  if (method === 2) await signIn(socket, proxy);
  const name = Buffer.from(host);
  socket.write(Buffer.concat([Buffer.of(5, 1, 0, 3, name.length), name, Buffer.of(port >> 8, port & 0xff)]));
  const [, status, , type] = await exactly(socket, 4);
  if (status !== 0) throw new Error(`the proxy could not connect (code ${status})`);
  await skipAddress(socket, type);
};
