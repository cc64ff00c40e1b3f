import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Administration } from './admin/command.ts';
import {
  composeAdministration,
  composeFoundation,
  composeService,
  type Foundation,
  type Service,
} from './compose.ts';
import { type Config, loadConfig } from './config/index.ts';
import { type HttpServer, listen } from './http/index.ts';
import { type Log, silentLog } from './log.ts';

/** For tests: the whole service on a loopback port over a data directory of its own. */
export type TestService = Foundation & {
  app: Service['app'];
  config: Config;
  administration: Administration;
  stop(): Promise<void>;
};

export async function startTestService(
  options: { log?: Log; env?: Record<string, string> } = {},
): Promise<TestService> {
  const data = mkdtempSync(join(tmpdir(), 'pkgauth-service-'));
  const server: HttpServer = await listen('127.0.0.1', 0);
  const env = { PKGAUTH_SECRET: randomBytes(32).toString('base64'), ...options.env };
  const { config } = loadConfig({
    args: ['--data', data, '--port', String(server.port)],
    env,
    cwd: data,
    readFile: String,
  });
  const foundation = await composeFoundation(config, `http://127.0.0.1:${server.port}`);
  const service = await composeService(foundation, options.log ?? silentLog, () => server.accepting);
  service.start();
  server.attach(service.handler);
  const administration = await composeAdministration(config);
  return {
    ...foundation,
    app: service.app,
    administration,
    async stop() {
      await server.stop(0);
      await service.stop();
      await administration.close();
      rmSync(data, { recursive: true, force: true });
    },
  };
}
