import { readFileSync } from 'node:fs';
import { composeFoundation, composeService, type Service } from './compose.ts';
import type { Config } from './config/index.ts';
import { ConfigError } from './config/index.ts';
import { writeOrigin } from './data-directory.ts';
import { type HttpServer, listen, type TlsKeyPair } from './http/index.ts';
import type { Log } from './log.ts';

/** A service that answers. */
export type RunningService = {
  /** Where clients reach it, without a trailing slash. */
  origin: string;
  port: number;
  /** Finishes running requests for at most `limit` milliseconds; answers whether all ended by themselves. */
  stop(limit?: number): Promise<boolean>;
};

/** Milliseconds that running requests get when the service is told to stop. */
const stopLimit = 30_000;

/**
 * Listens, opens the database and answers. The socket comes first, since with port 0 it decides the origin and with
 * it the issuer of the tokens; until all is open, requests are told to come back.
 */
export async function startService(config: Config, log: Log): Promise<RunningService> {
  const server = await listen(config.host, config.port, readKeyPair(config));
  try {
    const origin =
      config.origin ??
      `${config.tlsFiles === undefined ? 'http' : 'https'}://${hostOf(config)}:${server.port}`;
    const foundation = await composeFoundation(config, origin);
    const service = await composeService(foundation, log, () => server.accepting).catch(
      async (error: unknown) => {
        await foundation.storage.close();
        throw error;
      },
    );
    writeOrigin(config.data, origin);
    service.start();
    server.attach(service.handler);
    log.info({ origin, port: server.port }, 'listening');
    return { origin, port: server.port, stop: (limit = stopLimit) => stop(server, service, log, limit) };
  } catch (error) {
    await server.stop(0);
    throw error;
  }
}

const hostOf = ({ host }: Config): string => (host.includes(':') ? `[${host}]` : host);

async function stop(server: HttpServer, service: Service, log: Log, limit: number): Promise<boolean> {
  log.info({}, 'stopping');
  const finished = await server.stop(limit);
  await service.stop();
  log.info({ finished }, 'stopped');
  return finished;
}

function readKeyPair({ tlsFiles }: Config): TlsKeyPair | undefined {
  if (tlsFiles === undefined) return undefined;
  try {
    return { cert: readFileSync(tlsFiles.cert, 'utf8'), key: readFileSync(tlsFiles.key, 'utf8') };
  } catch (cause) {
    throw new ConfigError([`the TLS certificate or key cannot be read: ${(cause as Error).message}`]);
  }
}
