import fc from 'fast-check';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import type { GeneratedKey } from '../core/ports/index.ts';
import { createJws } from './jws.ts';

const jws = createJws();
let key: GeneratedKey;
let token: string;
const claims = { sub: 'usr_1', iss: 'https://auth.example.com', exp: 4_000_000_000 };
beforeAll(async () => {
  key = await jws.generate('ES256');
  token = jws.signer(key.kid, key.privateJwk)(claims);
});
const verify = (text: string): Record<string, unknown> | undefined =>
  jws.verifier(key.kid, key.publicJwk).verify(text);
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('access token signatures', () => {
  it('verify with ours and with an independent library', async () => {
    expect(verify(token)).toEqual(claims);
    const jwks = createLocalJWKSet({ keys: [JSON.parse(key.publicJwk)] } as JSONWebKeySet);
    const { payload, protectedHeader } = await jwtVerify(token, jwks, {
      typ: 'at+jwt',
      algorithms: ['ES256'],
    });
    expect(payload).toEqual(claims);
    expect(protectedHeader).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: key.kid });
  });

  it('OA25 refuse any changed character', () => {
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, replacement) => {
        fc.pre(token[at] !== replacement);
        expect(verify(token.slice(0, at) + replacement + token.slice(at + 1))).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  const [, payload = '', signature = ''] = ['', encode(claims), 'A'.repeat(86)];
  it.each([
    ['alg none', () => `${encode({ alg: 'none', typ: 'at+jwt' })}.${payload}.`],
    ['alg none with our kid', () => `${encode({ alg: 'none', typ: 'at+jwt', kid: key.kid })}.${payload}.`],
    ['HS256', () => `${encode({ alg: 'HS256', typ: 'at+jwt', kid: key.kid })}.${payload}.${signature}`],
    [
      'another type',
      () => `${encode({ alg: 'ES256', typ: 'JWT', kid: key.kid })}.${token.split('.').slice(1).join('.')}`,
    ],
    [
      'a path as kid',
      () => `${encode({ alg: 'ES256', typ: 'at+jwt', kid: '../../dev/null' })}.${payload}.${signature}`,
    ],
    [
      'an embedded key',
      () =>
        `${encode({ alg: 'ES256', typ: 'at+jwt', kid: key.kid, jwk: JSON.parse(key.publicJwk) })}.${payload}.${signature}`,
    ],
    [
      'a key address',
      () =>
        `${encode({ alg: 'ES256', typ: 'at+jwt', kid: key.kid, jku: 'https://example.com' })}.${payload}.${signature}`,
    ],
    [
      'critical extensions',
      () =>
        `${encode({ alg: 'ES256', typ: 'at+jwt', kid: key.kid, crit: ['exp'] })}.${token.split('.').slice(1).join('.')}`,
    ],
    [
      'members in another order',
      () => `${encode({ typ: 'at+jwt', alg: 'ES256', kid: key.kid })}.${token.split('.').slice(1).join('.')}`,
    ],
    ['an empty signature', () => `${token.split('.').slice(0, 2).join('.')}.`],
    ['a signature of zeros', () => `${token.split('.').slice(0, 2).join('.')}.${'A'.repeat(86)}`],
    ['four segments', () => `${token}.x`],
    ['a trailing newline', () => `${token}\n`],
    ['padding', () => `${token}==`],
    ['a leading space', () => ` ${token}`],
    ['a megabyte', () => `${token.split('.')[0]}.${'A'.repeat(1_000_000)}.${signature}`],
    ['dots', () => '.'.repeat(10_000)],
    ['nothing', () => ''],
  ])('OA25 refuse %s', (_, make) => {
    expect(verify(make())).toBeUndefined();
  });

  it('OA25 refuse another key that claims our kid', async () => {
    const foreign = await jws.generate('ES256');
    expect(verify(jws.signer(key.kid, foreign.privateJwk)(claims))).toBeUndefined();
  });

  it('never throw on arbitrary text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(verify(`${token.split('.')[0]}.${text}`)).toBeUndefined();
      }),
    );
  });
});

describe('keys', () => {
  it.each(['ES256', 'RS256'] as const)(
    '%s keys carry their thumbprint and no private part in public',
    async (algorithm) => {
      const { kid, publicJwk, privateJwk } = await jws.generate(algorithm);
      expect(kid).toMatch(/^[\w-]{43}$/);
      expect(JSON.parse(publicJwk)).toMatchObject({ kid, alg: algorithm, use: 'sig' });
      expect(Object.keys(JSON.parse(publicJwk))).not.toContain('d');
      expect(JSON.parse(privateJwk)).toHaveProperty('d');
    },
  );
});
