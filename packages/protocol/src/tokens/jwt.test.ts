import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBase64Url } from '../encoding/index.ts';
import { encodeUtf8 } from '../platform.ts';
import { isAccessTokenClaims } from './access.ts';
import { decodeJwt, decodeJwtPayload, jwtExpiresAt } from './jwt.ts';

const encode = (value: unknown): string => encodeBase64Url(encodeUtf8(JSON.stringify(value)));
const jwt = (
  payload: unknown,
  header: unknown = { alg: 'ES256', typ: 'at+jwt' },
  signature = 'c2ln',
): string => `${encode(header)}.${encode(payload)}.${signature}`;

const claims = {
  iss: 'https://auth.example.com',
  sub: 'usr_1',
  aud: ['https://auth.example.com'],
  client_id: 'pkgauth',
  iat: 1_790_000_000,
  exp: 1_790_003_600,
  jti: 'j1',
  scope: 'read',
  sid: 'ses_1',
  'urn:pyx:org_name': 'Acme',
  'urn:pkgauth:orgs': { acme: 'owner' },
};

describe('decodeJwt', () => {
  it('gives header and payload', () => {
    expect(decodeJwt(jwt(claims))).toEqual({ header: { alg: 'ES256', typ: 'at+jwt' }, payload: claims });
    expect(decodeJwtPayload(jwt({ exp: 5 }))).toEqual({ exp: 5 });
  });

  it('takes an opaque last segment, as keys of the anaconda command have', () => {
    expect(decodeJwtPayload(jwt({ exp: 5 }, {}, 'pka_0aZ'))).toEqual({ exp: 5 });
  });

  it.each([
    ['two segments', `${encode({})}.${encode({})}`],
    ['four segments', `${jwt({})}.x`],
    ['padding', `${encode({})}.${encode({ a: 1 })}=.x`],
    ['standard alphabet', `${encode({})}.+/${encode({})}.x`],
    ['trailing newline', `${jwt({})}\n`],
    ['leading space', ` ${jwt({})}`],
    ['payload is an array', jwt([])],
    ['payload is null', jwt(null)],
    ['header is text', jwt({}, 'x')],
    ['payload is not JSON', `${encode({})}.${encodeBase64Url(encodeUtf8('{'))}.x`],
    ['payload is not UTF-8', `${encode({})}.${encodeBase64Url(Uint8Array.of(0x22, 0xff, 0x22))}.x`],
    ['loose last bits', `${encode({})}.e31.x`],
    ['an opaque token', 'pka_123'],
    ['nothing', ''],
    ['two dots', '..'],
    ['a megabyte', jwt({ x: 'a'.repeat(1_000_000) })],
    ['a megabyte of dots', '.'.repeat(1_000_000)],
  ])('is undefined: %s', (_, text) => {
    expect(decodeJwt(text)).toBeUndefined();
  });

  it('round-trips any claims', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue(), { maxKeys: 5 }),
        (payload) => {
          const expected: unknown = JSON.parse(JSON.stringify(payload));
          const text = jwt(payload);
          fc.pre(text.length < 16_000);
          expect(JSON.stringify(decodeJwtPayload(text))).toBe(JSON.stringify(expected));
        },
      ),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.base64String(), fc.string({ unit: 'binary' })), { maxLength: 5 }),
        (segments) => {
          const parts = decodeJwt(segments.join('.'));
          expect(parts === undefined || typeof parts.payload === 'object').toBe(true);
        },
      ),
    );
  });
});

describe('jwtExpiresAt', () => {
  it('is in milliseconds', () => expect(jwtExpiresAt(jwt(claims))).toBe(1_790_003_600_000));
  it('is undefined without a numeric exp', () => {
    expect(jwtExpiresAt(jwt({ exp: '5' }))).toBeUndefined();
    expect(jwtExpiresAt(jwt({}))).toBeUndefined();
    expect(jwtExpiresAt('opaque')).toBeUndefined();
  });
});

describe('isAccessTokenClaims', () => {
  it('takes our claims, and those without the optional ones', () => {
    expect(isAccessTokenClaims(claims)).toBe(true);
    const { sid, 'urn:pyx:org_name': name, 'urn:pkgauth:orgs': organizations, ...needed } = claims;
    expect([sid, name, organizations]).not.toContain(undefined);
    expect(isAccessTokenClaims({ ...needed, aud: 'one' })).toBe(true);
  });

  it.each([
    { exp: undefined },
    { exp: 1.5 },
    { iat: '1' },
    { aud: [1] },
    { aud: undefined },
    { scope: undefined },
    { jti: 4 },
    { sid: 4 },
    { 'urn:pyx:org_name': {} },
    { 'urn:pkgauth:orgs': { acme: 'root' } },
    { 'urn:pkgauth:orgs': ['acme'] },
    { 'urn:pkgauth:key': 7 },
  ])('refuses %j', (change) => {
    expect(isAccessTokenClaims({ ...claims, ...change })).toBe(false);
  });
});
