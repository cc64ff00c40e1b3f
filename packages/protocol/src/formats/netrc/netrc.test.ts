import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import python from '../../../../../vectors/netrc/python.json' with { type: 'json' };
import { Secret } from '../../credentials/index.ts';
import { findNetrcEntry, parseNetrc, removeNetrcEntry, setNetrcEntry } from './index.ts';

const found = (text: string, host = 'h.example.com'): [string, string] | null => {
  const entry = findNetrcEntry(parseNetrc(text), host);
  return entry === undefined ? null : [entry.login, entry.password.reveal()];
};
const set = (text: string, host: string, username: string, password: string): string =>
  setNetrcEntry(text, host, { username, password: new Secret(password) });

const word = fc.stringMatching(/^[!$-[\]-~][!-!$-[\]-~]{0,10}$/).filter((text) => !text.startsWith('#'));
const host = fc.domain().map((name) => name.toLowerCase());
const piece = fc.oneof(
  fc
    .tuple(host, word, word)
    .map(([name, login, password]) => `machine ${name} login ${login} password ${password}\n`),
  fc
    .tuple(host, word, word)
    .map(
      ([name, login, password]) => `machine ${name}\n  user "${login}"\n\tpassword ${password} # theirs\n\n`,
    ),
  fc.constantFrom(
    '# a note\n',
    '\n',
    'macdef init\ncd /pub\n\n',
    'machine o.example.com login x account y password "a b"\r\n',
  ),
);
const anyFile = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));

describe('parseNetrc', () => {
  it.each(python.cases)('CS22 $why: as python netrc', ({ text, found: expected }) => {
    expect(found(text)).toEqual(expected);
  });

  it.each([
    ['comment behind a blank line', 'machine h.example.com login a password b\n\n# note on this\n'],
    ['comment without space', '#note on this\nmachine h.example.com login a password b\n'],
    ['macro to the end of the file', 'machine h.example.com login a password b\nmacdef init\nls\n'],
  ])('CS22 %s: as curl and uv, where python gives up', (_, text) => {
    expect(found(text)).toEqual(['a', 'b']);
  });

  it('CS22 an entry in a comment is never used', () => {
    expect(
      found('machine o.example.com login a password b \n# machine h.example.com login x password y\n'),
    ).toBeNull();
  });

  it('gives the lines of entries', () => {
    const entries = parseNetrc(
      '# x\nmachine a login b password c\r\n\nmacdef m\nx\n\ndefault login d password e',
    );
    expect(entries.map(({ machine, line }) => [machine, line])).toEqual([
      ['a', 2],
      [undefined, 7],
    ]);
  });

  it.each([
    ['CS05 junk', 'machine h login a password b\nnonsense\n', 'syntax', 2, 1],
    ['CS05 half-written', 'machine h login a\n  password', 'syntax', 2, 3],
    ['CS05 machine without name', 'machine', 'syntax', 1, 1],
    ['CS05 machine with an empty name', 'machine ""', 'syntax', 1, 1],
    ['CS05 open quotation', 'machine h login a\npassword "b c\n', 'syntax', 2, 10],
    ['CS05 NUL', 'machine h login a password \0', 'encoding', 1, 28],
    ['CS05 byte order mark', '\ufeffmachine h login a password b', 'encoding', 1, undefined],
    ['CS22 long line', `\n#${'x'.repeat(16_384)}`, 'too-large', 2, undefined],
    ['CS22 large file', '#\n'.repeat(65_537), 'too-large', undefined, undefined],
  ])('%s: refused, naming the place', (_, text, code, line, column) => {
    expect(() => parseNetrc(text)).toThrow(expect.objectContaining({ code, line, column }));
  });

  it('CS05 refuses UTF-16 and other bytes', () => {
    expect(() => parseNetrc(Uint8Array.of(0xff, 0xfe, 0x6d, 0))).toThrow(
      expect.objectContaining({ code: 'encoding' }),
    );
    expect(() => parseNetrc(Uint8Array.of(0x6d, 0xe9))).toThrow(
      expect.objectContaining({ code: 'encoding' }),
    );
  });

  it('never quotes the file in an error', () => {
    expect(() => parseNetrc('machine h login a password b CANARY')).not.toThrow(/CANARY/);
  });

  it('reads anything or throws its own error', () => {
    const part = fc.constantFrom(
      'machine',
      'login',
      'password',
      'default',
      'macdef',
      'h',
      '"',
      '\\',
      '#',
      '\n',
      ' ',
      '\r\n',
      '\t',
      'a"b',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(part).map((parts) => parts.join(' ')),
        ),
        (text) => {
          try {
            expect(parseNetrc(text)).toBeInstanceOf(Array);
          } catch (error) {
            expect(error).toMatchObject({ name: 'ProtocolError' });
          }
        },
      ),
      { numRuns: 1000 },
    );
    expect(parseNetrc(`machine h login a password "${'\\n\n'.repeat(40_000)}"`)).toHaveLength(1);
  });
});

describe('setNetrcEntry', () => {
  it.each([
    ['a new file', '', 'machine h.example.com login u password p\n'],
    [
      'behind the others',
      'machine a login b password c\n',
      'machine a login b password c\nmachine h.example.com login u password p\n',
    ],
    [
      'without a line feed at the end',
      'machine a login b password c',
      'machine a login b password c\nmachine h.example.com login u password p\n',
    ],
    [
      'with CRLF',
      'machine a login b password c\r\n',
      'machine a login b password c\r\nmachine h.example.com login u password p\r\n',
    ],
    [
      'before default',
      '# x\ndefault login d password e\n',
      '# x\nmachine h.example.com login u password p\ndefault login d password e\n',
    ],
    [
      'behind an open macro',
      'macdef init\nls\n',
      'macdef init\nls\n\nmachine h.example.com login u password p\n',
    ],
    [
      'behind a macro cut short',
      'macdef init\nls',
      'macdef init\nls\n\nmachine h.example.com login u password p\n',
    ],
    [
      'in place',
      '# n\nmachine h.example.com\n  login "x y" # who\n  account z\n  password b # why\nmachine a login b password c\n',
      '# n\nmachine h.example.com\n  login u # who\n  account z\n  password p # why\nmachine a login b password c\n',
    ],
    [
      'what was missing',
      'machine h.example.com account z\n',
      'machine h.example.com login u password p account z\n',
    ],
    [
      'another spelling of the host',
      'machine H.Example.com login a password b\n',
      'machine h.example.com login u password p\n',
    ],
    [
      'instead of several',
      'machine h.example.com login a password b\n# n\nmachine h.example.com login c password d # second\nmachine a login b password c\n',
      'machine h.example.com login u password p\n# n\nmachine a login b password c\n',
    ],
    [
      'a repeated word',
      'machine h.example.com login a login b password c\n',
      'machine h.example.com login u login u password p\n',
    ],
  ])('CS07 %s', (_, before, after) => {
    expect(set(before, 'H.Example.com', 'u', 'p')).toBe(after);
  });

  it('CS07 adds one line and touches no other byte, for any file', () => {
    fc.assert(
      fc.property(anyFile, word, word, (before, login, password) => {
        const after = set(before, 'new.test', login, password);
        expect(found(after, 'new.test')).toEqual([login, password]);
        const line = `machine new.test login ${login} password ${password}`;
        const at = after.indexOf(line);
        const behind = after.slice(at + line.length).replace(/^\r?\n/, '');
        expect(after.slice(0, at) + behind).toBe(before);
      }),
    );
  });

  it('CS07 a second set, and removal, change only that entry', () => {
    fc.assert(
      fc.property(anyFile, word, word, word, (before, login, first, second) => {
        const once = set(before, 'new.test', login, first);
        const twice = set(once, 'new.test', login, second);
        expect(twice).toBe(set(before, 'new.test', login, second));
        expect(removeNetrcEntry(twice, 'new.test')).toBe(before);
      }),
    );
  });

  it.each(['', 'a b', 'a\tb', 'a\nb', '"a', 'a"b', 'a\\b', '#a', 'é', 'a\u007f'])(
    'refuses %j, which some client reads differently',
    (text) => {
      expect(() => set('', 'h.example.com', 'u', text)).toThrow(
        expect.objectContaining({ code: 'unsafe-value' }),
      );
      expect(() => set('', 'h.example.com', text, 'p')).toThrow(
        expect.objectContaining({ code: 'unsafe-value' }),
      );
    },
  );

  it.each(['h.example.com:8443', 'https://h.example.com', '', 'a b', '[::1]', '*.example.com'])(
    'refuses the host %j',
    (name) => {
      expect(() => set('', name, 'u', 'p')).toThrow(expect.objectContaining({ name: 'ProtocolError' }));
    },
  );

  it('CS05 does not touch a file that it cannot read', () => {
    expect(() => set('machine h.example.com login', 'h.example.com', 'u', 'p')).toThrow(
      expect.objectContaining({ code: 'syntax' }),
    );
  });
});

describe('removeNetrcEntry', () => {
  it.each([
    [
      'one line',
      '# n\nmachine h.example.com login a password b\nmachine a login b password c\n',
      '# n\nmachine a login b password c\n',
    ],
    [
      'several lines and a comment behind',
      '  machine h.example.com\n login a\n password b # why\n# n\n',
      '# n\n',
    ],
    [
      'within a line',
      'machine a login b password c machine h.example.com login a password b machine d login e password f\n',
      'machine a login b password c  machine d login e password f\n',
    ],
    [
      'all of them',
      'machine h.example.com login a password b\ndefault login d password e\nmachine h.example.com login c password d',
      'default login d password e\n',
    ],
  ])('CS07 %s', (_, before, after) => expect(removeNetrcEntry(before, 'h.example.com')).toBe(after));

  it('answers undefined when there is none, and leaves default', () => {
    expect(removeNetrcEntry('default login d password e\n', 'h.example.com')).toBeUndefined();
    expect(removeNetrcEntry('', 'h.example.com')).toBeUndefined();
  });
});
