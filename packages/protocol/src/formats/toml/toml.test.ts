import fc from 'fast-check';
import { stringify } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { parseToml, tomlSections, tomlStatements } from './index.ts';

const document = `# top
a = 1 # one
"b c".d = "x # y"   
e = [ 1, # ]
  "]", '''
]''' ] # end

[[list]] # first
f = { g = "}" }
h = """"quoted"""" # four
i = '''it''s'''
j = "\\"]"
[list."sub.table".'k']
l = 1979-05-27T07:32:00Z
`;

describe('tomlStatements', () => {
  it('finds every key and value', () => {
    const pairs = tomlStatements(document).flatMap((one) =>
      one.kind === 'pair' ? [[one.path.join('|'), document.slice(one.valueStart, one.valueEnd)]] : [],
    );
    expect(pairs).toEqual([
      ['a', '1'],
      ['b c|d', '"x # y"'],
      ['e', `[ 1, # ]\n  "]", '''\n]''' ]`],
      ['f', '{ g = "}" }'],
      ['h', '""""quoted""""'],
      ['i', "'''it''s'''"],
      ['j', '"\\"]"'],
      ['l', '1979-05-27T07:32:00Z'],
    ]);
  });

  it('groups them by header', () => {
    expect(
      tomlSections(document).map(({ header, pairs }) => [header?.path, header?.isArray, pairs.length]),
    ).toEqual([
      [undefined, undefined, 3],
      [['list'], true, 4],
      [['list', 'sub.table', 'k'], false, 1],
    ]);
  });

  it('agrees with the parser on any document', () => {
    const key = fc.string({ minLength: 1, maxLength: 6 });
    const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.string(), { maxLength: 3 }));
    const table = fc.dictionary(key, value, { maxKeys: 4, noNullPrototype: true });
    fc.assert(
      fc.property(
        fc.dictionary(key, fc.oneof(value, table, fc.array(table, { minLength: 1, maxLength: 3 })), {
          noNullPrototype: true,
        }),
        (data) => {
          const text = stringify(data);
          for (const section of tomlSections(text)) {
            for (const { path, valueStart, valueEnd, start, end } of section.pairs) {
              const expected = parseToml(text.slice(start, end));
              const found = parseToml(`v = ${text.slice(valueStart, valueEnd)}`).v;
              expect(
                path.reduce<unknown>((inner, name) => (inner as Record<string, unknown>)[name], expected),
              ).toEqual(found);
            }
          }
          expect(
            tomlSections(text).flatMap(({ header, pairs }) => (header ? [header, ...pairs] : pairs)),
          ).toHaveLength(tomlStatements(text).length);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('copes with five megabytes of comments and of one string', () => {
    expect(tomlStatements('#\n'.repeat(2_500_000))).toEqual([]);
    expect(tomlStatements(`a = "${'\\n'.repeat(1_000_000)}"`)).toHaveLength(1);
  });
});
