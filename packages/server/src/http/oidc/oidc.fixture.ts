import type { TestCore } from '../../core/core.fixture.ts';
import { createRandom } from '../../crypto/index.ts';
import { silentLog } from '../../log.ts';
import { createProblems } from '../errors.ts';
import { createRequestContexts } from '../request-contexts.ts';
import { serveTestCore } from '../service.fixture.ts';
import { oauthSurface } from '../surfaces/oauth.ts';
import { pyxSurface } from '../surfaces/pyx.ts';
import { createOidc, type Oidc } from './index.ts';

export type TestOidc = TestCore & { origin: string; oidc: Oidc };

/** For tests: the authorization server on a loopback port, in real time. */
export async function serveOidc(): Promise<TestOidc> {
  let oidc: Oidc | undefined;
  const served = await serveTestCore((test, origin) => {
    oidc = createOidc({
      ...test,
      random: createRandom(),
      contexts: createRequestContexts(createRandom(), []),
      problems: createProblems(origin),
      log: silentLog,
      origin,
      errorPage: (detail) => `<!doctype html><title>${detail.replaceAll('<', '&lt;')}</title>`,
    });
    return [
      oidc.handler,
      pyxSurface({ ...test.core, timers: test.clock }),
      oauthSurface({ ...test.core, storage: test.storage, origin }),
    ];
  });
  return { ...served, oidc: oidc as Oidc };
}
