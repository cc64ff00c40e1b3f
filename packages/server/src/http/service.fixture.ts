import type { RequestListener } from 'node:http';
import type { Hono } from 'hono';
import { openTestCore, realClock, type TestCore } from '../core/core.fixture.ts';
import { createRandom } from '../crypto/index.ts';
import { silentLog } from '../log.ts';
import {
  createApp,
  createMetrics,
  createProblems,
  createRequestContexts,
  createRequestHandler,
  type HttpEnv,
  listen,
  type RawHandler,
} from './index.ts';

type Part = Hono<HttpEnv> | RawHandler;

/** For tests: some surfaces in the application that the service has, without a socket. */
export function composeParts(
  origin: string,
  parts: readonly Part[],
): { app: Hono<HttpEnv>; handler: RequestListener } {
  const problems = createProblems(origin);
  const contexts = createRequestContexts(createRandom(), []);
  const log = silentLog;
  const surfaces = parts.filter((part): part is Hono<HttpEnv> => typeof part !== 'function');
  const raw = parts.filter((part): part is RawHandler => typeof part === 'function');
  const app = createApp({
    origin,
    problems,
    contexts,
    metrics: createMetrics(),
    log,
    ready: async () => {},
    surfaces,
  });
  return { app, handler: createRequestHandler({ raw, app, observe: () => {}, problems, contexts, log }) };
}

/** For tests with real clients: the core with some surfaces on a loopback port, in real time. */
export async function serveTestCore(
  parts: (test: TestCore, origin: string) => readonly Part[],
): Promise<TestCore & { origin: string }> {
  const server = await listen('127.0.0.1', 0);
  const origin = `http://127.0.0.1:${server.port}`;
  const test = await openTestCore({ clock: realClock(), origin });
  test.core.start();
  server.attach(composeParts(origin, parts(test, origin)).handler);
  return {
    ...test,
    origin,
    async close() {
      await server.stop(0);
      test.core.stop();
      await test.close();
    },
  };
}
