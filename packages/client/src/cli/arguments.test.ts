import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClientError } from '../errors.ts';
import { parseArguments, parseLeadingOptions } from './arguments.ts';

const options = {
  json: { kind: 'flag', doc: '' },
  verbose: { kind: 'flag', short: 'v', doc: '' },
  yes: { kind: 'flag', short: 'y', doc: '' },
  store: { kind: 'value', placeholder: 'NAME', doc: '' },
  color: { kind: 'value', placeholder: 'WHEN', choices: ['auto', 'never'], doc: '' },
} as const;
const positionals = { host: { required: true, doc: '' }, extra: { required: false, doc: '' } } as const;

const parse = (...argv: string[]) => parseArguments(argv, options, positionals);

describe('parseArguments', () => {
  it.each([
    [['h'], { json: 0, verbose: 0, yes: 0, store: undefined, color: undefined }],
    [['--json', 'h', '-vvy'], { json: 1, verbose: 2, yes: 1, store: undefined, color: undefined }],
    [['h', '--store', 'x', '--store=y=z'], { json: 0, verbose: 0, yes: 0, store: 'y=z', color: undefined }],
    [['--color=never', 'h'], { json: 0, verbose: 0, yes: 0, store: undefined, color: 'never' }],
    [['h', '--store='], { json: 0, verbose: 0, yes: 0, store: '', color: undefined }],
    [['--store', '--json', 'h'], { json: 0, verbose: 0, yes: 0, store: '--json', color: undefined }],
  ])('%j', (argv, expected) => {
    const parsed = parse(...argv);
    expect(parsed.options).toEqual(expected);
    expect(parsed.arguments).toEqual({ host: 'h', extra: undefined });
  });

  it('takes everything after -- and a lone - as it is', () => {
    expect(parse('--', '--json', '-v').arguments).toEqual({ host: '--json', extra: '-v' });
    expect(parse('-', 'b').arguments).toEqual({ host: '-', extra: 'b' });
  });

  it.each([
    [['--nope', 'h'], 'there is no option --nope'],
    [['-x', 'h'], 'there is no option -x'],
    [['--constructor'], 'there is no option --constructor'],
    [['h', '--store'], '--store needs a value: --store NAME'],
    [['h', '--json=1'], '--json takes no value'],
    [['h', '--color', 'red'], '--color takes one of auto, never'],
    [[], 'HOST is missing'],
    [[''], 'HOST is missing'],
    [['a', 'b', 'c'], 'too many arguments: 1 more than expected'],
  ])('refuses %j', (argv, message) => {
    expect(() => parse(...argv)).toThrow(expect.objectContaining({ code: 'usage', message }));
  });

  it('CS28 never repeats a value in a message', () => {
    const secret = 'canary-7f3a';
    for (const argv of [
      [`--tokn=${secret}`],
      [`--json=${secret}`],
      ['h', '--color', secret],
      ['a', 'b', secret],
    ]) {
      expect(() => parse(...argv)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining(secret) }),
      );
    }
  });

  it('gives back any values that were put in, in any order', () => {
    const value = fc.string({ unit: 'binary', minLength: 1 });
    fc.assert(
      fc.property(value, value, fc.boolean(), fc.boolean(), (store, host, first, attached) => {
        const option = attached ? [`--store=${store}`] : ['--store', store];
        const argv = first ? [...option, '--', host] : ['--json', ...option, '--', host];
        const parsed = parse(...argv);
        expect(parsed.options.store).toBe(store);
        expect(parsed.arguments.host).toBe(host);
      }),
    );
  });

  it('throws nothing but usage errors, whatever is typed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom('--json', '-v', '--store', '--', '-'), fc.string())),
        (argv) => {
          try {
            parse(...argv);
          } catch (error) {
            expect(error).toBeInstanceOf(ClientError);
            expect((error as ClientError).code).toBe('usage');
          }
        },
      ),
    );
  });
});

describe('parseLeadingOptions', () => {
  it('stops at the first word and leaves the rest untouched', () => {
    const { options: found, rest } = parseLeadingOptions(
      ['-v', '--store', 's', 'helper', 'keyring', '--mode=creds', '--'],
      options,
    );
    expect(found).toMatchObject({ verbose: 1, store: 's' });
    expect(rest).toEqual(['helper', 'keyring', '--mode=creds', '--']);
  });
});
