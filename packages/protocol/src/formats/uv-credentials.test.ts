import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import serviceVectors from '../../../../vectors/uv-credentials/services.json' with { type: 'json' };
import stringVectors from '../../../../vectors/uv-credentials/strings.json' with { type: 'json' };
import { type BasicCredential, type BearerCredential, Secret } from '../credentials/index.ts';
import { formatTomlString, parseToml } from './toml/index.ts';
import {
  findUvCredential,
  parseUvCredentials,
  removeUvCredential,
  setUvCredential,
  type UvCredentialEntry,
  uvService,
} from './uv-credentials.ts';

const basic = (username: string, password: string): BasicCredential => ({
  kind: 'basic',
  username,
  password: new Secret(password),
});
const bearer = (token: string): BearerCredential => ({ kind: 'bearer', token: new Secret(token) });
const show = ({ service, credential }: UvCredentialEntry): string =>
  credential.kind === 'basic'
    ? `${service} ${credential.username}:${credential.password.reveal()}`
    : `${service} ${credential.token.reveal()}`;
const writtenByUv = readFileSync(
  new URL('../../../../vectors/uv-credentials/written-by-uv.toml', import.meta.url),
  'utf8',
);

const foreign = `# kept by hand

[[credential]]   # theirs
service = 'https://b.example.com/'  # single quotes
username="u"
password="p" # no scheme
since = 2026-11-23 # a key that uv does not know

# about the next one
[[credential]]
"service" = "https://c.example.com/x"
scheme = "bearer"
token = """t"""
[credential.more]
n = [ 1,
  2 ]

[tool.other]
a = 1`;

describe('parseUvCredentials', () => {
  it('reads what uv writes', () => {
    expect(parseUvCredentials(writtenByUv).map(show)).toEqual([
      "https://a.example.com/api/v1/ us'er:bo'th\"quote",
      'https://a.example.com/ __token__:tok"en\\back',
      'https://be.example.com/p t',
    ]);
  });

  it('reads other spellings, unknown keys, byte order mark, CRLF, an inline array and an empty file', () => {
    expect(parseUvCredentials(foreign).map((entry) => [show(entry), entry.line])).toEqual([
      ['https://b.example.com/ u:p', 3],
      ['https://c.example.com/x t', 10],
    ]);
    const crlf = new TextEncoder().encode(`\ufeff${writtenByUv.replaceAll('\n', '\r\n')}`);
    expect(parseUvCredentials(crlf)).toHaveLength(3);
    expect(
      parseUvCredentials(
        'credential = [{service = "https://a.example.com/", username = "u", password = "p"}]',
      ).map(show),
    ).toEqual(['https://a.example.com/ u:p']);
    expect(parseUvCredentials('')).toEqual([]);
  });

  it.each([
    ['CS05 half-written', '[[credential]]\nservice = "https://a.exa', 2],
    ['CS05 garbage', '<html>\n', 1],
    [
      'CS05 duplicate key',
      '[[credential]]\nservice = "https://a.example.com/"\nservice = "https://b.example.com/"',
      3,
    ],
    ['basic without username', '\n[[credential]]\nservice = "https://a.example.com/"\npassword = "p"', 2],
    [
      'basic with token',
      '[[credential]]\nservice = "https://a.example.com/"\nusername = "u"\ntoken = "t"',
      1,
    ],
    ['bearer without token', '[[credential]]\nservice = "https://a.example.com/"\nscheme = "bearer"', 1],
    [
      'bearer with password',
      '[[credential]]\nservice = "https://a.example.com/"\nscheme = "bearer"\ntoken = "t"\npassword = "p"',
      1,
    ],
    [
      'unknown scheme',
      '[[credential]]\nservice = "https://a.example.com/"\nscheme = "Basic"\nusername = "u"',
      1,
    ],
    ['service without scheme', '[[credential]]\nservice = "a.example.com"\nusername = "u"', 1],
    ['no service', '[[credential]]\nusername = "u"', 1],
    [
      'password of another type',
      '[[credential]]\nservice = "https://a.example.com/"\nusername = "u"\npassword = 5',
      1,
    ],
  ])('%s: refused, naming the line', (_, text, line) => {
    expect(() => parseUvCredentials(text)).toThrow(expect.objectContaining({ code: 'syntax', line }));
  });

  it('CS05 refuses deep nesting, size and bytes that are not text', () => {
    expect(() => parseUvCredentials(`a = ${'['.repeat(100_000)}`)).toThrow(
      expect.objectContaining({ code: 'too-large' }),
    );
    expect(parseUvCredentials('#\n'.repeat(2_500_000))).toEqual([]);
    expect(() => parseUvCredentials('#'.repeat(10_000_000))).toThrow(
      expect.objectContaining({ code: 'too-large' }),
    );
    expect(() => parseUvCredentials(Uint8Array.of(0xfe, 0xff, 0, 0x5b))).toThrow(
      expect.objectContaining({ code: 'encoding' }),
    );
    expect(() => parseUvCredentials('a = 1\n\0')).toThrow(
      expect.objectContaining({ code: 'encoding', line: 2 }),
    );
  });

  it('never quotes the file in an error', () => {
    const error = attempt(() => parseUvCredentials('[[credential]]\npassword = "CANARY" x\n'));
    expect(error).toMatchObject({ code: 'syntax', line: 2 });
    expect(`${error?.message}${String(error?.cause)}${error?.stack}`).not.toContain('CANARY');
  });
});

describe('setUvCredential', () => {
  it('writes a new file as uv does', () => {
    const one = setUvCredential('', 'https://a.example.com/api/v1/', basic("us'er", 'bo\'th"quote'));
    const two = setUvCredential(one, 'https://a.example.com/simple/', basic('__token__', 'tok"en\\back'));
    expect(setUvCredential(two, 'https://be.example.com/p', bearer('t'))).toBe(writtenByUv);
  });

  it.each(stringVectors.strings)('writes $value as uv does', ({ value, toml }) => {
    expect(formatTomlString(value)).toBe(toml);
  });

  it('reads back any value', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'grapheme' }),
          fc.string({ unit: fc.constantFrom('"', "'", '\\', 'a', '\t', '\u007f') }),
        ),
        (value) => {
          expect(parseToml(`k = ${formatTomlString(value)}\n`)).toEqual({ k: value });
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('CS06 CS07 replaces one entry and leaves every other byte', () => {
    const changed = setUvCredential(foreign, 'https://b.example.com', basic('__token__', 'new'));
    expect(changed).toBe(
      foreign.replace(
        /service = 'https:.*\nusername.*\npassword.*\n/,
        'service = "https://b.example.com/"\nusername = "__token__"\nscheme = "basic"\npassword = "new"\n',
      ),
    );
    expect(setUvCredential(foreign, 'https://n.example.com/', bearer('t'))).toBe(
      `${foreign}\n\n[[credential]]\nservice = "https://n.example.com/"\nscheme = "bearer"\ntoken = "t"\n`,
    );
  });

  it('leaves exactly one entry for the service', () => {
    const twice = `${writtenByUv}\n[[credential]]\nservice = "https://be.example.com/p/"\nusername = "u"\npassword = "x"\n`;
    const entries = parseUvCredentials(setUvCredential(twice, 'https://be.example.com/p', basic('v', 'y')));
    expect(entries.map(show)).toEqual([
      "https://a.example.com/api/v1/ us'er:bo'th\"quote",
      'https://a.example.com/ __token__:tok"en\\back',
      'https://be.example.com/p v:y',
    ]);
  });

  it('keeps byte order mark and CRLF', () => {
    const text = setUvCredential('\ufeff# x\r\n', 'https://a.example.com/', bearer('t'));
    expect(text).toBe(
      '\ufeff# x\r\n\r\n[[credential]]\r\nservice = "https://a.example.com/"\r\nscheme = "bearer"\r\ntoken = "t"\r\n',
    );
  });

  it.each(['a\nb', 'a\rb', 'a\0b', '\ud800'])('RM08 refuses %j as a secret, without showing it', (value) => {
    for (const credential of [basic('u', value), basic(value, 'p'), bearer(value)]) {
      expect(() => setUvCredential('', 'https://a.example.com/', credential)).toThrow(
        expect.objectContaining({ code: 'unsafe-value' }),
      );
    }
  });

  it('refuses to edit an inline array and to write over what it cannot read', () => {
    expect(() =>
      setUvCredential(
        'credential = [{service = "https://a.example.com/", username = "u"}]',
        'https://b.example.com/',
        bearer('t'),
      ),
    ).toThrow(expect.objectContaining({ code: 'unsupported' }));
    expect(() => setUvCredential('[[credential', 'https://b.example.com/', bearer('t'))).toThrow(
      expect.objectContaining({ code: 'syntax' }),
    );
  });
});

describe('removeUvCredential', () => {
  it('CS07 takes out one table with its sub-tables, and nothing else', () => {
    expect(removeUvCredential(foreign, 'https://b.example.com/')).toBe(
      foreign.replace(/\[\[credential\]\] {3}[\s\S]*?not know\n\n/, ''),
    );
    expect(removeUvCredential(foreign, 'c.example.com/x')).toBe(
      foreign.replace(/\[\[credential\]\]\n"service"[\s\S]*2 \]\n\n/, ''),
    );
  });

  it('answers undefined when there is nothing to remove', () => {
    expect(removeUvCredential(foreign, 'https://b.example.com/x')).toBeUndefined();
    expect(removeUvCredential('', 'https://b.example.com/')).toBeUndefined();
  });

  it('undoes set, for any sequence of services', () => {
    const service = fc
      .tuple(fc.domain(), fc.constantFrom('/', '/a', '/a/b'))
      .map(([host, path]) => `https://${host}${path}`);
    fc.assert(
      fc.property(
        fc.uniqueArray(service, { maxLength: 5 }),
        service,
        fc.string({ unit: 'grapheme-ascii' }),
        (services, more, secret) => {
          fc.pre(!services.includes(more));
          const before = services.reduce((text, name) => setUvCredential(text, name, bearer(secret)), '');
          const after = setUvCredential(before, more, basic('u', secret));
          expect(parseUvCredentials(after).map(show)).toEqual([
            ...services.map((name) => `${name} ${secret}`),
            `${more} u:${secret}`,
          ]);
          expect(removeUvCredential(after, more)).toBe(before);
        },
      ),
    );
  });
});

describe('uvService', () => {
  it.each(serviceVectors.services)('$argument → $service', ({ argument, service }) => {
    if (service === null)
      expect(() => uvService(argument)).toThrow(expect.objectContaining({ name: 'ProtocolError' }));
    else expect(uvService(argument)).toBe(service);
  });
});

describe('findUvCredential', () => {
  const file = (...entries: [service: string, credential: string][]): UvCredentialEntry[] =>
    entries.map(([service, secret], index) => ({
      service,
      line: index + 1,
      credential: secret.includes(':')
        ? basic(secret.split(':')[0] ?? '', secret.split(':')[1] ?? '')
        : bearer(secret),
    }));
  const used = (entries: UvCredentialEntry[], url: string, username?: string): string | undefined => {
    const found = findUvCredential(entries, url, username);
    return found === undefined || found === 'ambiguous' ? found : show(found).split(' ')[1];
  };

  it('takes the longest path that covers the URL, by segments', () => {
    const entries = file(['https://h.example.com/', 'root'], ['https://h.example.com/api', 'u:api']);
    expect(used(entries, 'https://h.example.com/api/v1')).toBe('u:api');
    expect(used(entries, 'https://h.example.com/apiary')).toBe('root');
    expect(used(entries, 'https://other.example.com/api')).toBeUndefined();
    expect(used(entries, 'https://h.example.com/api', 'v')).toBeUndefined();
  });

  it('is ambiguous for two equally good entries, unless a user name or exact service decides', () => {
    const entries = file(['https://h.example.com/', 'u:p'], ['https://h.example.com/', 'v:q']);
    expect(used(entries, 'https://h.example.com/x')).toBe('ambiguous');
    expect(used(entries, 'https://h.example.com/x', 'v')).toBe('v:q');
    expect(
      used(
        file(['https://h.example.com/', 'u:p'], ['https://h.example.com/', 'token']),
        'https://h.example.com/x',
      ),
    ).toBe('ambiguous');
    expect(
      used(
        file(['https://h.example.com/x', 'u:p'], ['https://h.example.com/x/', 'u:q']),
        'https://h.example.com/x',
        'u',
      ),
    ).toBe('u:p');
  });

  it('takes the later of two entries for the same service and user', () => {
    expect(
      used(
        file(['https://h.example.com/', 'u:p'], ['https://h.example.com', 'u:q']),
        'https://h.example.com/x',
      ),
    ).toBe('u:q');
  });
});

const attempt = (work: () => unknown): Error | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    return error as Error;
  }
};
