import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseUvToml, setUvIndex, setUvKeyringProvider, type UvIndex } from './uv-toml.ts';

const acme: UvIndex = {
  name: 'acme',
  url: 'https://h.example.com/simple/acme/main/',
  default: true,
  authenticate: 'always',
};
const acmeTable =
  '[[index]]\nname = "acme"\nurl = "https://h.example.com/simple/acme/main/"\ndefault = true\nauthenticate = "always"\n';
const written = `# mine
native-tls = true # why

[pip]
keyring-provider = "disabled"

[[index]] # theirs
name = 'pytorch'
url = "https://p.example.com/whl"
explicit = true
# end`;

describe('parseUvToml', () => {
  it('reads indexes and provider, also from an inline array', () => {
    expect(parseUvToml(written)).toEqual({
      indexes: [{ name: 'pytorch', url: 'https://p.example.com/whl' }],
      keyringProvider: undefined,
    });
    expect(
      parseUvToml(
        'keyring-provider = "subprocess"\nindex = [{name = "a", url = "b", default = true, authenticate = "never"}]',
      ),
    ).toEqual({
      indexes: [{ name: 'a', url: 'b', default: true, authenticate: 'never' }],
      keyringProvider: 'subprocess',
    });
  });

  it.each([
    ['CS05 half-written', 'a = 1\n[[index', 2],
    ['CS05 duplicate key', 'a = 1\n\na = 2\n', 3],
    ['CS05 garbage', '<html>', 1],
  ])('%s names the line', (_, text, line) => {
    expect(() => parseUvToml(text)).toThrow(expect.objectContaining({ code: 'syntax', line }));
  });
});

describe('setUvIndex', () => {
  it('CS07 adds a table to the end and leaves every other byte', () => {
    expect(setUvIndex('', acme)).toBe(acmeTable);
    expect(setUvIndex(written, acme)).toBe(`${written}\n\n${acmeTable}`);
    expect(setUvIndex('\ufeffa = 1\r\n', { name: 'x', url: 'https://h.example.com/' })).toBe(
      '\ufeffa = 1\r\n\r\n[[index]]\r\nname = "x"\r\nurl = "https://h.example.com/"\r\n',
    );
  });

  it('CS07 changes the table of the same name in its places', () => {
    const before =
      '[[index]] # c\nurl = "https://old.example.com/" # u\n# between\nname = "acme"\nexplicit = true\nauthenticate = "never"\n[pip]\n';
    expect(setUvIndex(before, acme)).toBe(
      '[[index]] # c\nurl = "https://h.example.com/simple/acme/main/" # u\n# between\nname = "acme"\nexplicit = true\nauthenticate = "always"\ndefault = true\n[pip]\n',
    );
    expect(setUvIndex(acmeTable, { name: 'acme', url: 'https://n.example.com/' })).toBe(
      '[[index]]\nname = "acme"\nurl = "https://n.example.com/"\n',
    );
  });

  it('is idempotent, and reads back', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('', written, 'a = 1', acmeTable, '\n\n'),
        fc.record(
          {
            name: fc.stringMatching(/^[A-Za-z0-9._-]{1,12}$/),
            url: fc.webUrl({ withFragments: true }),
            default: fc.constant(true as const),
            authenticate: fc.constantFrom('auto' as const, 'always' as const, 'never' as const),
          },
          { requiredKeys: ['name', 'url'] },
        ),
        (before, index) => {
          fc.pre(!(before === acmeTable && index.default && index.name !== 'acme'));
          const after = setUvIndex(before, index);
          expect(parseUvToml(after).indexes.filter(({ name }) => name === index.name)).toEqual([index]);
          expect(setUvIndex(after, index)).toBe(after);
          const others = (text: string) =>
            parseUvToml(text).indexes.filter(({ name }) => name !== index.name);
          expect(others(after)).toEqual(others(before));
        },
      ),
    );
  });

  it('refuses a second default index, naming the line of the first', () => {
    expect(() => setUvIndex(`# x\n${acmeTable}`, { ...acme, name: 'other' })).toThrow(
      expect.objectContaining({ code: 'conflict', line: 2 }),
    );
  });

  it('refuses an inline array, bad names, and addresses with credentials', () => {
    expect(() => setUvIndex('a = 1\nindex = [{name = "a", url = "b"}]', acme)).toThrow(
      expect.objectContaining({ code: 'unsupported', line: 2 }),
    );
    for (const name of ['', 'a b', 'a"b', 'a\nb'])
      expect(() => setUvIndex('', { ...acme, name })).toThrow(
        expect.objectContaining({ code: 'unsafe-value' }),
      );
    expect(() => setUvIndex('', { ...acme, url: 'https://u:CANARY@h.example.com/' })).toThrow(
      expect.objectContaining({ code: 'unsafe-value' }),
    );
    expect(() => setUvIndex('', { ...acme, url: 'https://u:CANARY@h.example.com/' })).not.toThrow(/CANARY/);
    expect(() => setUvIndex('', { ...acme, url: 'h.example.com' })).toThrow(
      expect.objectContaining({ code: 'invalid-url' }),
    );
  });

  it('CS05 does not touch what it cannot read', () => {
    expect(() => setUvIndex('[[index', acme)).toThrow(expect.objectContaining({ code: 'syntax' }));
    expect(() => setUvIndex(Uint8Array.of(0xff, 0xfe, 0x5b, 0), acme)).toThrow(
      expect.objectContaining({ code: 'encoding' }),
    );
  });
});

describe('setUvKeyringProvider', () => {
  it.each([
    ['a new file', '', 'keyring-provider = "subprocess"\n'],
    [
      'behind the top-level keys',
      written,
      written.replace('# why\n', '# why\nkeyring-provider = "subprocess"\n'),
    ],
    [
      'before the first table',
      '[[index]]\nname = "a"\nurl = "b"\n',
      'keyring-provider = "subprocess"\n\n[[index]]\nname = "a"\nurl = "b"\n',
    ],
    [
      'in place',
      "a = 1\nkeyring-provider = 'disabled' # c\n[pip]\n",
      'a = 1\nkeyring-provider = "subprocess" # c\n[pip]\n',
    ],
    ['without line feed at the end', 'a = 1', 'a = 1\nkeyring-provider = "subprocess"\n'],
    ['with CRLF', 'a = 1\r\n', 'a = 1\r\nkeyring-provider = "subprocess"\r\n'],
  ])('CS07 %s', (_, before, after) => {
    expect(setUvKeyringProvider(before, 'subprocess')).toBe(after);
    expect(parseUvToml(after).keyringProvider).toBe('subprocess');
    expect(setUvKeyringProvider(after, 'subprocess')).toBe(after);
  });

  it('CS05 does not touch what it cannot read', () => {
    expect(() => setUvKeyringProvider('a =', 'subprocess')).toThrow(
      expect.objectContaining({ code: 'syntax' }),
    );
  });
});
