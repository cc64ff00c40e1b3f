import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { temporaryDirectory } from './temporary-directory.ts';

export type HangingDbus = AsyncDisposable & {
  /** For DBUS_SESSION_BUS_ADDRESS. */
  readonly address: string;
  /** How many clients have connected. */
  readonly connections: number;
};

/** A session bus that accepts every connection and never says a word: what freezes keyring libraries. */
export async function hangingDbus(): Promise<HangingDbus> {
  const folder = temporaryDirectory();
  const path = join(folder.path, 'bus');
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.resume();
  }).listen(path);
  await once(server, 'listening');
  return {
    address: `unix:path=${path}`,
    get connections() {
      return sockets.length;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
      folder[Symbol.dispose]();
    },
  };
}
