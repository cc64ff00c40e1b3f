import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { request as context, system } from './core/core.fixture.ts';
import { type Endpoint, endpoints } from './http/endpoints.ts';
import { startTestService, type TestService } from './service.fixture.ts';

let service: TestService;
const callers: Record<string, Record<string, string>> = { nobody: {} };

beforeAll(async () => {
  service = await startTestService();
  const owner = await service.core.users.create(
    { email: 'o@example.com', name: 'O', password: null },
    system,
  );
  await service.administration.organizations.create(
    { slug: 'acme', title: 'Acme', ownerId: owner.id, kind: 'tenant' },
    system,
  );
  const { accessToken } = await service.core.sessions.open({
    userId: owner.id,
    clientId: 'pkgauth',
    door: 'oauth',
    scope: 'openid',
    request: context(),
  });
  const { secret } = await service.core.browserSessions.open(owner.id, undefined, context());
  callers['a program'] = { authorization: `Bearer ${accessToken}` };
  callers['a browser'] = { cookie: `pkgauth-session=${secret}`, accept: 'text/html' };
});
afterAll(() => service.stop());

const parameters: Record<string, string> = {
  organization: 'acme',
  index: 'main',
  registry: 'main',
  code: 'forbidden',
};

async function ask({ method, path }: Endpoint, caller: string): Promise<Response> {
  const target = path.replace(/:(\w+)/g, (_, name: string) => parameters[name] ?? 'nonsense');
  const response = await fetch(service.origin + target, {
    method,
    headers: callers[caller] ?? {},
    redirect: 'manual',
    ...(method === 'POST' ? { body: '' } : {}),
  });
  await response.body?.cancel();
  return response;
}

/** What may be kept by caches that many people share. Everything else is somebody's own. */
const shared = /^\/(\.well-known\/|assets\/|favicon\.ico|errors\/)/;
/** OAuth for programs in pages of other sites: no cookie counts there. */
const forOtherSites = /^\/oauth2\/(token|device\/code)$/;
/** What programs alone read, and never a browser as a document. */
const packages = /^\/(simple|v1)\//;

describe('N24 DS04 headers of every endpoint', () => {
  const rows: readonly Endpoint[] = endpoints;

  it.each(rows.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint] as const))(
    'N24 DS04 %s',
    async (_, endpoint) => {
      for (const caller of Object.keys(callers)) {
        const { headers, status } = await ask(endpoint, caller);
        const name = `${caller}: ${status}`;
        expect(status, name).toBeLessThan(500);
        // Packages that were found go out without one: they are the bulk, and nobody asks about them.
        if (!packages.test(endpoint.path) || status >= 400)
          expect(headers.get('x-request-id'), name).toMatch(/^req_/);
        expect(headers.get('server') ?? headers.get('x-powered-by'), name).toBeNull();
        expect(headers.get('x-content-type-options'), name).toBe('nosniff');
        if (!shared.test(endpoint.path)) {
          expect(headers.get('cache-control'), name).toMatch(/no-store|private/);
          if (!forOtherSites.test(endpoint.path))
            expect(headers.get('access-control-allow-origin'), name).toBeNull();
        }
        if (packages.test(endpoint.path)) continue;
        const policy = headers.get('content-security-policy') ?? '';
        expect(policy, name).toContain("default-src 'none'");
        expect(policy, name).toContain("frame-ancestors 'none'");
        expect(policy, name).not.toMatch(/unsafe-|\*/);
        expect(headers.get('x-frame-options'), name).toBe('DENY');
        expect(headers.get('referrer-policy'), name).toMatch(/^(same-origin|no-referrer)$/);
        expect(headers.get('cross-origin-opener-policy'), name).toBe('same-origin');
        for (const cookie of headers.getSetCookie()) {
          expect(cookie, name).toMatch(/; HttpOnly(;|$)/i);
          expect(cookie, name).toMatch(/; SameSite=(Lax|Strict)(;|$)/i);
        }
      }
    },
  );
});
