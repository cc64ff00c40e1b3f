import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import hosts from '../../../../vectors/matching/hosts.json' with { type: 'json' };
import questions from '../../../../vectors/matching/keyring-questions.json' with { type: 'json' };
import services from '../../../../vectors/matching/services.json' with { type: 'json' };
import {
  bestServiceFor,
  isLoopback,
  keyringCandidates,
  normalizeHost,
  normalizeService,
  realmOf,
  requireSecure,
  type ServiceCandidate,
  sameService,
  serviceMatchesCandidate,
  serviceMatchesUrl,
} from './index.ts';

const segment = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,7}$/);
const path = fc.array(segment, { maxLength: 4 });
const anyOrigin = fc
  .webUrl({ validSchemes: ['https', 'http'], withFragments: false, withQueryParameters: false })
  .map((url) => new URL(url).origin);
const nasty = fc.string({
  unit: fc.constantFrom(
    '.',
    '/',
    '%2e',
    '%2f',
    '%5c',
    '\\',
    ';',
    'a',
    'acme',
    'simple',
    '?',
    '#',
    '@',
    ':',
    '%25',
    '\t',
  ),
});

describe('normalizeHost', () => {
  it.each(hosts.hosts)('$host → $normalized', ({ host, normalized }) => {
    if (normalized === null)
      expect(() => normalizeHost(host)).toThrow(expect.objectContaining({ code: 'invalid-url' }));
    else expect(normalizeHost(host)).toBe(normalized);
  });

  it('is idempotent, and throws nothing but its own error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6(), fc.string({ unit: 'binary' })), (host) => {
        try {
          const once = normalizeHost(host);
          expect(normalizeHost(once)).toBe(once);
        } catch (error) {
          expect(error).toMatchObject({ name: 'ProtocolError' });
        }
      }),
    );
  });
});

describe('normalizeService', () => {
  it.each(hosts.services)('$text → $normalized', ({ text, normalized }) => {
    if (normalized === null)
      expect(() => normalizeService(text)).toThrow(expect.objectContaining({ code: 'invalid-url' }));
    else expect(normalizeService(text)).toBe(normalized);
  });

  it('is idempotent and names the same service', () => {
    fc.assert(
      fc.property(anyOrigin, path, fc.constantFrom('', '/', '/?q', '#f'), (origin, segments, end) => {
        const text = `${origin}/${segments.join('/')}${end}`;
        const normalized = normalizeService(text);
        expect(normalizeService(normalized)).toBe(normalized);
        expect(sameService(text, normalized)).toBe(true);
        expect(serviceMatchesUrl(normalized, text)).toBe(true);
      }),
    );
  });
});

describe('serviceMatchesUrl (RM06, RM07)', () => {
  it.each(services.cases)('$service covers $url: $matches $why', ({ service, url, matches }) => {
    expect(serviceMatchesUrl(service, url)).toBe(matches);
  });

  it('RM07 covers exactly the URLs below the path, by segments', () => {
    fc.assert(
      fc.property(anyOrigin, path, path, (origin, prefix, segments) => {
        const expected = prefix.every((name, index) => segments[index] === name);
        expect(serviceMatchesUrl(`${origin}/${prefix.join('/')}`, `${origin}/${segments.join('/')}`)).toBe(
          expected,
        );
      }),
    );
  });

  it('RM06 never covers another realm, however the URL is spelled', () => {
    fc.assert(
      fc.property(nasty, nasty, (before, after) => {
        const url = `https://${before}evil.example${after}`;
        if (!serviceMatchesUrl('https://pkg.example.com/', url)) return;
        expect(new URL(url).hostname).toBe('pkg.example.com');
      }),
    );
  });

  it('RM07 what it covers stays below the path after any further decoding', () => {
    fc.assert(
      fc.property(nasty, (rest) => {
        const url = `https://h.example.com/simple/acme/${rest}`;
        if (!serviceMatchesUrl('https://h.example.com/simple/acme', url)) return;
        const { pathname } = new URL(url);
        const twice = decode(decode(pathname))
          .replaceAll('\\', '/')
          .replaceAll(/;[^/]*/g, '');
        expect(new URL(twice.replaceAll(/\/{2,}/g, '/'), 'https://h.example.com').pathname).toMatch(
          /^\/simple\/acme(?:\/|$)/,
        );
      }),
      { numRuns: 3000 },
    );
  });

  it('takes any text without throwing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        expect(serviceMatchesUrl(a, b)).toBe(false);
      }),
    );
  });
});

describe('bestServiceFor', () => {
  const all = [
    'https://h.example.com/',
    'https://h.example.com/simple',
    'https://h.example.com/simple/acme/',
    'https://o.example.com/',
  ];
  it.each([
    ['https://h.example.com/simple/acme/main/', all[2]],
    ['https://h.example.com/simple/other/', all[1]],
    ['https://h.example.com/files/x', all[0]],
    ['https://none.example.com/', undefined],
  ])('%s → %s', (url, expected) => expect(bestServiceFor(all, url)).toBe(expected));
});

describe('isLoopback and requireSecure', () => {
  it.each([
    'http://localhost:8585/',
    'http://127.0.0.1/',
    'https://127.9.8.7/',
    'http://[::1]:1/',
    'http://LOCALHOST./',
  ])('%s is this machine', (url) => {
    expect(isLoopback(url)).toBe(true);
    expect(() => requireSecure(url)).not.toThrow();
  });

  it.each([
    'http://127.0.0.1.nip.io/',
    'http://localhost.example.com/',
    'http://notlocalhost/',
    'http://10.0.0.1/',
    'http://[::2]/',
    'http://0.0.0.0/',
    'http://127.0.0.1@evil.example/',
  ])('LF26 %s is another', (url) => {
    expect(isLoopback(url)).toBe(false);
    expect(() => requireSecure(url)).toThrow(expect.objectContaining({ code: 'insecure-url' }));
  });

  it('takes https anywhere, and nothing that is not http(s)', () => {
    expect(() => requireSecure('https://h.example.com/')).not.toThrow();
    expect(() => requireSecure('ftp://h.example.com/')).toThrow(
      expect.objectContaining({ code: 'invalid-url' }),
    );
  });

  it('names the host and no more in its message', () => {
    expect(() => requireSecure('http://user:s3cret@h.example.com/t/tok/')).toThrow(
      /^credentials would travel unencrypted to h\.example\.com$/,
    );
  });
});

describe('keyringCandidates', () => {
  const show = (candidate: ServiceCandidate): string =>
    candidate.kind === 'url'
      ? `url ${candidate.url}`
      : `realm ${candidate.realm.scheme} ${candidate.realm.host} ${candidate.realm.port}`;

  it.each(questions.cases)('$service', ({ service, candidates }) => {
    expect(keyringCandidates(service).map(show)).toEqual(candidates);
  });

  it('finds the service by index URL, host:port and scheme://host:port, and no neighbour', () => {
    fc.assert(
      fc.property(anyOrigin, path, (origin, segments) => {
        const service = `${origin}/${segments.join('/')}`;
        const { host } = new URL(origin);
        for (const question of [service, `${service}/`, host, origin]) {
          expect(
            keyringCandidates(question).some((candidate) => serviceMatchesCandidate(service, candidate)),
          ).toBe(true);
          expect(
            keyringCandidates(question).some((candidate) =>
              serviceMatchesCandidate('https://neighbour.test/', candidate),
            ),
          ).toBe(false);
        }
      }),
    );
  });

  it('HP10 takes any text as data', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const candidate of keyringCandidates(text))
          if (candidate.kind === 'realm') expect(realmOf(`https://${candidate.realm.host}/`)).toBeDefined();
      }),
    );
  });
});

const decode = (text: string): string =>
  text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
