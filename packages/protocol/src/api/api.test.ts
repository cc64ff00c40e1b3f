import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  createdApiKey,
  newApiKey,
  pkgauthEndpoints,
  problem,
  pyxEndpoints,
  refreshRequest,
  tokenPair,
  whoami,
} from './index.ts';

const accepts = (schema: { safeParse(value: unknown): { success: boolean } }, value: unknown): boolean =>
  schema.safeParse(value).success;
const time = '2026-11-23T00:00:00Z';

describe('endpoints', () => {
  it('have no two with the same method and path', () => {
    const all = [...Object.values(pyxEndpoints), ...Object.values(pkgauthEndpoints)].map(
      ({ method, path }) => `${method} ${path}`,
    );
    expect(new Set(all).size).toBe(all.length);
    expect(all).toContain('POST /auth/cli/refresh');
  });

  it('stay out of the main entry, so that helpers start without zod', () => {
    expect(readFileSync(new URL('../index.ts', import.meta.url), 'utf8')).not.toMatch(
      /from '(?:.*\/api\/|zod)/,
    );
  });
});

describe('schemas', () => {
  it('pyx: both tokens are required, unknown members are dropped', () => {
    expect(tokenPair.parse({ access_token: 'a', refresh_token: 'r', more: 1 })).toEqual({
      access_token: 'a',
      refresh_token: 'r',
    });
    for (const value of [{}, { access_token: 'a' }, { access_token: 'a', refresh_token: '' }, [], null])
      expect(accepts(tokenPair, value)).toBe(false);
    expect(accepts(refreshRequest, { refresh_token: 'r' })).toBe(true);
    for (const value of [
      { refresh_token: 5 },
      { refresh_token: ['r'] },
      { refresh_token: 'r'.repeat(8193) },
      'r',
    ])
      expect(accepts(refreshRequest, value)).toBe(false);
  });

  it('AK04 an API key lives 7, 14, 30, 90 or 365 days, by default 365', () => {
    const key = { name: 'ci', organization: 'acme' };
    for (const validity_days of [7, 14, 30, 90, 365])
      expect(accepts(newApiKey, { ...key, validity_days })).toBe(true);
    for (const validity_days of [0, 8, -7, 366, 7.5, '30', null, Number.POSITIVE_INFINITY])
      expect(accepts(newApiKey, { ...key, validity_days })).toBe(false);
    expect(newApiKey.parse(key).validity_days).toBe(365);
  });

  it('AK06 what would choose the owner of a key is dropped', () => {
    expect(
      newApiKey.parse({
        name: ' ci ',
        organization: 'acme',
        userId: 'x',
        user_id: 'x',
        permissions: ['all'],
      }),
    ).toEqual({ name: 'ci', organization: 'acme', validity_days: 365 });
  });

  it.each(['', ' ', 'a\nb', 'a\u001b', 'x'.repeat(101)])('refuses the key name %j', (name) => {
    expect(accepts(newApiKey, { name, organization: 'acme' })).toBe(false);
  });

  it.each(['', 'Acme', '-a', 'a/b', '../a', 'a'.repeat(64)])(
    'refuses the organization %j',
    (organization) => {
      expect(accepts(newApiKey, { name: 'ci', organization })).toBe(false);
    },
  );

  it('whoami names a person or a service account', () => {
    const credential = { kind: 'access-token', expires_at: time };
    const answer = {
      user: { id: 'usr_1', email: 'a@example.com', name: 'A' },
      organizations: [{ slug: 'acme', title: 'Acme', role: 'owner' }],
      credential,
    };
    const machine = {
      service_account: { id: 'sva_1', name: 'ci' },
      organizations: [{ slug: 'acme', title: 'Acme', role: null }],
      credential: { kind: 'api-key', expires_at: null },
    };
    expect([accepts(whoami, answer), accepts(whoami, machine)]).toEqual([true, true]);
    for (const change of [
      { organizations: [{ slug: 'acme', title: 'Acme', role: 'root' }] },
      { credential: { ...credential, kind: 'password' } },
      { credential: { ...credential, expires_at: 1_790_000_000 } },
      { user: { id: 'usr_1' } },
    ])
      expect(accepts(whoami, { ...answer, ...change })).toBe(false);
  });

  it('a created key, and a problem', () => {
    const key = {
      id: 'key_1',
      name: 'ci',
      organization: 'acme',
      created_at: time,
      expires_at: time,
      last_used_at: null,
    };
    expect(accepts(createdApiKey, { ...key, key: 'pka_x' })).toBe(true);
    expect(accepts(createdApiKey, key)).toBe(false);
    expect(
      problem.parse({ type: 'about:blank', title: 'Unauthorized', status: 401, code: 'expired', extra: 1 }),
    ).toMatchObject({ code: 'expired', extra: 1 });
    expect(accepts(problem, { type: 'about:blank', title: 'OK', status: 200, code: 'x' })).toBe(false);
  });
});
