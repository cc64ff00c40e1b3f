import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import args from '../../../../vectors/keyring/arguments.json' with { type: 'json' };
import { parseKeyringArguments } from './index.ts';

describe('keyring arguments', () => {
  it.each(args.cases)('$argv', ({ argv, command }) => {
    expect(parseKeyringArguments(argv)).toEqual(command);
  });

  it('means the same in every order of options and words', () => {
    const options = [['--mode', 'creds'], ['--output=json'], ['-b', 'x']];
    fc.assert(
      fc.property(
        fc.shuffledSubarray(options),
        fc.array(fc.nat(3), { minLength: 3, maxLength: 3 }),
        (chosen, places) => {
          const words: string[][] = [['get'], ['https://h.example.com/'], ['bob']];
          for (const [index, option] of chosen.entries()) words.splice(places[index] ?? 0, 0, option);
          expect(parseKeyringArguments(words.flat())).toEqual({
            kind: 'get',
            service: 'https://h.example.com/',
            username: 'bob',
            mode: chosen.some(([name]) => name === '--mode') ? 'creds' : 'password',
            output: chosen.some(([name]) => name === '--output=json') ? 'json' : 'plain',
          });
        },
      ),
    );
  });

  it('HP10 takes any service and user behind -- as data', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (service, username) => {
        expect(parseKeyringArguments(['get', '--', service, username])).toEqual({
          kind: 'get',
          service,
          username,
          mode: 'password',
          output: 'plain',
        });
      }),
    );
  });

  it('HP10 takes names that every object has as data', () => {
    expect(parseKeyringArguments(['get', 'constructor', 'toString'])).toMatchObject({
      service: 'constructor',
      username: 'toString',
    });
  });

  it('answers any arguments', () => {
    const word = fc.oneof(
      fc.constantFrom(
        'get',
        'set',
        'toString',
        '__proto__',
        '--mode',
        'creds',
        '--',
        '-b',
        '--output=json',
        '-x',
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (argv) => {
        expect(parseKeyringArguments(argv)).toHaveProperty('kind');
      }),
    );
  });
});
