import { type Credential, Secret } from '@pkgauth/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCredential, parseCredential, sameCredential } from './credential-text.ts';
import { formatKeyringIndex, parseKeyringIndex } from './keyring-index.ts';

const text = fc.string({ unit: 'binary' });
const secret = text.map((value) => new Secret(value));
const time = fc.option(fc.maxSafeInteger(), { nil: undefined });
const withTimes = fc
  .record({ accessToken: secret, refreshToken: secret, expiresAt: time, receivedAt: time, refusedAt: time })
  .map((members) => Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)));
const credential: fc.Arbitrary<Credential> = fc.oneof(
  fc.record({ kind: fc.constant('basic' as const), username: text, password: secret }),
  fc.record({ kind: fc.constant('bearer' as const), token: secret }),
  fc.record({ kind: fc.constant('api-key' as const), key: secret }),
  withTimes.map((members) => ({ kind: 'session', ...members }) as Credential),
);

const revealed = (value: Credential | undefined): unknown[] =>
  Object.entries(value ?? {}).map(([name, member]) => [
    name,
    member instanceof Secret ? member.reveal() : member,
  ]);

describe('credential text', () => {
  it('round-trips any credential, as ASCII on one line', () => {
    fc.assert(
      fc.property(credential, (value) => {
        const written = formatCredential(value);
        expect(written).toMatch(/^[\x20-\x7e]+$/);
        expect(revealed(parseCredential(written))).toEqual(revealed(value));
      }),
    );
  });

  it('answers undefined for any other text', () => {
    const odd = [
      '',
      '{',
      '[]',
      'null',
      '7',
      '{"kind":"basic"}',
      '{"kind":"session","access_token":"a"}',
      '{"kind":"x"}',
    ];
    for (const written of odd) expect(parseCredential(written)).toBeUndefined();
    fc.assert(fc.property(fc.oneof(text, fc.json()), (written) => parseCredential(written) === undefined));
  });

  it('leaves out times that are no times', () => {
    const written =
      '{"kind":"session","access_token":"a","refresh_token":"r","expires_at":"soon","received_at":1.5}';
    expect(Object.keys(parseCredential(written) ?? {})).toEqual(['kind', 'accessToken', 'refreshToken']);
  });

  it('compares secrets and kinds, not times', () => {
    fc.assert(fc.property(credential, (value) => sameCredential(value, value)));
    const session = { kind: 'session', accessToken: new Secret('a'), refreshToken: new Secret('r') } as const;
    expect(sameCredential(session, { ...session, refusedAt: 5 })).toBe(true);
    expect(sameCredential(session, { ...session, refreshToken: new Secret('r2') })).toBe(false);
    const token = new Secret('t');
    expect(sameCredential({ kind: 'bearer', token }, { kind: 'api-key', key: token })).toBe(false);
    const basic = { kind: 'basic', username: 'a', password: token } as const;
    expect(sameCredential(basic, { ...basic, username: 'b' })).toBe(false);
  });
});

describe('keyring index', () => {
  const entry = fc.record(
    {
      service: fc.webUrl({ validSchemes: ['https', 'http'] }),
      kind: fc.constantFrom('basic' as const, 'bearer' as const, 'session' as const, 'api-key' as const),
      username: fc.string(),
    },
    { requiredKeys: ['service', 'kind'] },
  );

  it('round-trips', () => {
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        expect(parseKeyringIndex(formatKeyringIndex(entries))).toEqual(entries);
      }),
    );
    expect(parseKeyringIndex('')).toEqual([]);
  });

  it('CS05 reads any text or throws its own error', () => {
    fc.assert(
      fc.property(fc.oneof(text, fc.json()), (written) => {
        try {
          expect(parseKeyringIndex(written)).toBeInstanceOf(Array);
        } catch (error) {
          expect(error).toMatchObject({ name: 'ProtocolError' });
        }
      }),
    );
  });
});
