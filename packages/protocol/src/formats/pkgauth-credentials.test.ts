import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Credential, Secret } from '../credentials/index.ts';
import {
  parsePkgauthCredentials,
  removePkgauthCredential,
  setPkgauthCredential,
} from './pkgauth-credentials.ts';

const everyKind = readFileSync(
  new URL('../../../../vectors/pkgauth-credentials/every-kind.json', import.meta.url),
  'utf8',
);
const secret = (text: string): Secret => new Secret(text);
const credentials: [string, Credential][] = [
  ['https://s.example.com/simple/acme/', { kind: 'bearer', token: secret('t') }],
  [
    's.example.com',
    {
      kind: 'session',
      accessToken: secret('at'),
      refreshToken: secret('rt'),
      expiresAt: 1_790_000_000_000,
      receivedAt: 1_789_996_400_000,
      refusedAt: 1_790_000_000_001,
    },
  ],
  ['https://b.example.com', { kind: 'basic', username: 'u', password: secret('p"w') }],
  ['https://A.example.com:443/', { kind: 'api-key', key: secret('pka_x') }],
];
const servicesOf = (text: string): string[] => parsePkgauthCredentials(text).map(({ service }) => service);
const show = (credential: Credential | undefined): string[] =>
  Object.values(credential ?? {}).map((value) => (value instanceof Secret ? value.reveal() : String(value)));

describe('pkgauth credentials', () => {
  it('are written in canonical form, whatever the order of writing', () => {
    for (const order of [credentials, credentials.toReversed()]) {
      expect(
        order.reduce((text, [service, credential]) => setPkgauthCredential(text, service, credential), ''),
      ).toBe(everyKind);
    }
  });

  it('read back', () => {
    const parsed = parsePkgauthCredentials(everyKind);
    expect(parsed.map(({ service, credential }) => [service, ...show(credential)])).toEqual([
      ['https://a.example.com/', 'api-key', 'pka_x'],
      ['https://s.example.com/', 'session', 'at', 'rt', '1790000000000', '1789996400000', '1790000000001'],
      ['https://s.example.com/simple/acme', 'bearer', 't'],
      ['https://b.example.com/', 'basic', 'u', 'p"w'],
    ]);
    expect(parsed.map(({ line }) => line)).toEqual([4, 8, 16, 20]);
    expect(JSON.stringify(parsed)).not.toContain('pka_x');
  });

  it('CS06 keeps unknown kinds, members and their spelling', () => {
    const before =
      '{"later":{"a":1e400},"version":1,"credentials":{"https://x.example.com/":{"kind":"passkey","n":12345678901234567890},"https://a.example.com/":{"kind":"api-key","key":"old","label":"\\u00e4"}}}';
    expect(servicesOf(before)).toEqual(['https://a.example.com/']);
    const after = setPkgauthCredential(before, 'a.example.com', { kind: 'bearer', token: secret('t') });
    expect(after.replaceAll(/\s/g, '')).toBe(
      '{"version":1,"credentials":{"https://a.example.com/":{"kind":"bearer","token":"t","label":"\\u00e4"},"https://x.example.com/":{"kind":"passkey","n":12345678901234567890}},"later":{"a":1e400}}',
    );
  });

  it('removes an entry of any kind', () => {
    expect(removePkgauthCredential(everyKind, 'b.example.com')).not.toContain('b.example.com');
    expect(
      removePkgauthCredential(
        '{"version":1,"credentials":{"https://x.example.com/":{"kind":"passkey"}}}',
        'x.example.com',
      ),
    ).toBe('{\n  "version": 1,\n  "credentials": {}\n}\n');
    expect(removePkgauthCredential(everyKind, 'none.example.com')).toBeUndefined();
    expect(removePkgauthCredential('', 'none.example.com')).toBeUndefined();
  });

  it('keep the users of one service apart', () => {
    const of = (username: string): Credential => ({
      kind: 'basic',
      username,
      password: secret(`pw ${username}`),
    });
    const users = ['ada', 'a@b/c?d', '__token__'];
    const both = users.reduce((text, user) => setPkgauthCredential(text, 'h.example.com', of(user)), '');
    expect(Object.keys((JSON.parse(both) as { credentials: object }).credentials)).toEqual([
      'https://a%40b%2Fc%3Fd@h.example.com/',
      'https://ada@h.example.com/',
      'https://h.example.com/',
    ]);
    expect(servicesOf(both)).toEqual(Array(3).fill('https://h.example.com/'));
    const one = removePkgauthCredential(both, 'h.example.com', 'ada') ?? '';
    expect(parsePkgauthCredentials(one).map(({ credential }) => show(credential)[1])).toEqual([
      'a@b/c?d',
      '__token__',
    ]);
    expect(servicesOf(removePkgauthCredential(both, 'h.example.com') ?? '')).toEqual([]);
  });

  it('replace an entry that a person wrote without the user in its name', () => {
    const byHand =
      '{"version":1,"credentials":{"https://h.example.com":{"kind":"basic","username":"ada","password":"old"}}}';
    const text = setPkgauthCredential(byHand, 'h.example.com', {
      kind: 'basic',
      username: 'ada',
      password: secret('new'),
    });
    expect(parsePkgauthCredentials(text).map(({ credential }) => show(credential))).toEqual([
      ['basic', 'ada', 'new'],
    ]);
  });

  it('CS04 an empty file is an empty store', () => {
    expect(parsePkgauthCredentials('').length).toBe(0);
    expect(parsePkgauthCredentials(' \r\n').length).toBe(0);
    expect(parsePkgauthCredentials('{"version":1}').length).toBe(0);
  });

  it.each([
    ['CS05 half-written', '{\n  "version": 1,\n  "credentials": {\n    "https://a', 'syntax', 4],
    ['CS05 a list', '[]', 'syntax', 1],
    ['CS05 no version', '{"credentials":{}}', 'syntax', 1],
    ['CS05 newer version', '{\n"version": 2}', 'unsupported', 2],
    ['CS05 credentials that are no object', '{"version":1,\n"credentials":[]}', 'syntax', 2],
    [
      'CS05 an entry that is no object',
      '{"version":1,"credentials":{\n"https://a.example.com/":5}}',
      'syntax',
      2,
    ],
    [
      'CS05 an entry without its secret',
      '{"version":1,"credentials":{\n\n"https://a.example.com/":{"kind":"basic","username":"u"}}}',
      'syntax',
      3,
    ],
    [
      'CS05 a wrong time',
      '{"version":1,"credentials":{"https://a.example.com/":{"kind":"session","access_token":"a","refresh_token":"r","expires_at":"x"}}}',
      'syntax',
      1,
    ],
    [
      'CS05 duplicate service',
      '{"version":1,"credentials":{"https://a.example.com/":{},\n"https://a.example.com/":{}}}',
      'syntax',
      2,
    ],
    ['CS05 deep nesting', `{"version":1,"x":${'['.repeat(10_000)}}`, 'too-large', 1],
  ])('%s is refused for reading and writing, naming the line', (name, text, code, line) => {
    expect(() => parsePkgauthCredentials(text)).toThrow(expect.objectContaining({ code, line }));
    if (!/entry|time/.test(name))
      expect(() =>
        setPkgauthCredential(text, 'a.example.com', { kind: 'bearer', token: secret('t') }),
      ).toThrow(expect.objectContaining({ code }));
  });

  it('CS05 keeps byte order mark and takes CRLF, refuses UTF-16 and size', () => {
    expect(parsePkgauthCredentials(`\ufeff${everyKind.replaceAll('\n', '\r\n')}`)).toHaveLength(4);
    expect(
      setPkgauthCredential('\ufeff{"version":1}', 'a.example.com', { kind: 'bearer', token: secret('t') }),
    ).toMatch(/^\ufeff\{/);
    expect(() => parsePkgauthCredentials(Uint8Array.of(0xff, 0xfe, 0x7b, 0))).toThrow(
      expect.objectContaining({ code: 'encoding' }),
    );
    expect(() => parsePkgauthCredentials(' '.repeat(10_000_000))).toThrow(
      expect.objectContaining({ code: 'too-large' }),
    );
  });

  it.each(['a\nb', 'a\0', '\ud800'])('RM08 refuses to store %j', (value) => {
    for (const credential of [
      { kind: 'bearer', token: secret(value) },
      { kind: 'basic', username: value, password: secret('p') },
      { kind: 'session', accessToken: secret('a'), refreshToken: secret(value) },
    ] as Credential[]) {
      expect(() => setPkgauthCredential('', 'a.example.com', credential)).toThrow(
        expect.objectContaining({ code: 'unsafe-value' }),
      );
    }
  });

  it('setting and removing any service leaves the others', () => {
    const service = fc.domain().map((host) => `https://${host}/`);
    const text = fc.string({ unit: 'grapheme-ascii' });
    fc.assert(
      fc.property(fc.uniqueArray(service, { maxLength: 5 }), service, text, (services, more, value) => {
        fc.pre(!services.includes(more));
        const before = services.reduce(
          (file, name) => setPkgauthCredential(file, name, { kind: 'bearer', token: secret(value) }),
          '{"version":1}',
        );
        const canonical = removePkgauthCredential(
          setPkgauthCredential(before, more, { kind: 'api-key', key: secret(value) }),
          more,
        );
        expect(servicesOf(canonical ?? '')).toEqual(services.toSorted());
        expect(
          show(
            parsePkgauthCredentials(
              setPkgauthCredential(before, more, { kind: 'basic', username: value, password: secret(value) }),
            ).find(({ service }) => service === more)?.credential,
          ),
        ).toEqual(['basic', value, value]);
      }),
    );
  });
});
