import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import requests from '../../../../vectors/bazel/requests.json' with { type: 'json' };
import answers from '../../../../vectors/keyring/answers.json' with { type: 'json' };
import args from '../../../../vectors/keyring/arguments.json' with { type: 'json' };
import { type Credential, Secret } from '../credentials/index.ts';
import {
  answerKeyringBackends,
  answerKeyringDel,
  answerKeyringDiagnose,
  answerKeyringFailure,
  answerKeyringGet,
  answerKeyringSet,
  answerKeyringUsage,
  formatBazelAnswer,
  parseBazelRequest,
  parseKeyringArguments,
  readKeyringPassword,
} from './index.ts';

const get = (mode: 'password' | 'creds', output: 'plain' | 'json') =>
  ({ kind: 'get', service: 's', username: 'bob', mode, output }) as const;
const everyAnswer = (['password', 'creds'] as const).flatMap((mode) =>
  (['plain', 'json'] as const).map((output) => get(mode, output)),
);
const unsafe = ['a\nb', 'a\rb', 'a\0b', '\ud800', '\udc00x'];

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

describe('keyring answers', () => {
  it.each(answers.cases)('$mode $output $password', ({ mode, output, password, stdout }) => {
    const command = get(mode as 'password', output as 'plain');
    expect(answerKeyringGet(command, { username: 'bob', password: new Secret(password) })).toEqual({
      stdout,
      stderr: '',
      exitCode: 0,
    });
  });

  it('HP04 nothing found is exit code 1 and silence', () => {
    expect(answerKeyringGet(get('creds', 'json'), undefined)).toEqual({
      stdout: '',
      stderr: '',
      exitCode: 1,
    });
  });

  it.each(unsafe)('HP01 refuses the whole answer for the password %j', (password) => {
    for (const command of everyAnswer) {
      const { stdout, stderr, exitCode } = answerKeyringGet(command, {
        username: 'bob',
        password: new Secret(password),
      });
      expect([stdout, exitCode]).toEqual(['', 1]);
      expect(stderr).toMatch(/^keyring: error: the password .+\n$/);
      expect(stderr).not.toContain(password);
    }
  });

  it.each(unsafe)('HP01 refuses the whole answer for the user name %j', (username) => {
    for (const output of ['plain', 'json'] as const) {
      expect(answerKeyringGet(get('creds', output), { username, password: new Secret('p') })).toMatchObject({
        stdout: '',
        exitCode: 1,
      });
    }
  });

  it('HP01 what is answered has exactly its lines, and JSON reads back', () => {
    const value = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(value, value, (username, password) => {
        const found = { username, password: new Secret(password) };
        const plain = answerKeyringGet(get('creds', 'plain'), found);
        const json = answerKeyringGet(get('creds', 'json'), found);
        expect(plain.exitCode).toBe(json.exitCode);
        if (plain.exitCode !== 0) return;
        expect(plain.stdout.split('\n')).toEqual([username, password, '']);
        expect(JSON.parse(json.stdout)).toEqual({ username, password });
        expect(json.stdout).toMatch(/^[\x20-\x7f]*\n$/);
      }),
    );
  });

  it('the other operations', () => {
    expect(answerKeyringSet()).toEqual({ stdout: '', stderr: '', exitCode: 0 });
    expect(answerKeyringDel(true)).toEqual({ stdout: '', stderr: '', exitCode: 0 });
    expect(answerKeyringDel(false)).toMatchObject({ stdout: '', exitCode: 1 });
    expect(answerKeyringFailure('locked')).toEqual({
      stdout: '',
      stderr: 'keyring: error: locked\n',
      exitCode: 1,
    });
    expect(answerKeyringBackends().stdout).toMatch(/^\S+ \(priority: \d+\)\n$/);
    expect(answerKeyringDiagnose({ configPath: '/c', dataRoot: '/d' }).stdout).toBe(
      'config path: /c\ndata root: /d\n',
    );
    expect(answerKeyringUsage({ kind: 'help' })).toMatchObject({ stderr: '', exitCode: 0 });
  });

  it('HP05 a usage error is exit code 2, and names what was not recognized as pip looks for it', () => {
    const command = parseKeyringArguments(['--mode=creds', '--new', 'get', 's']);
    expect(command).toMatchObject({ kind: 'usage-error' });
    const answer = answerKeyringUsage(command as Extract<typeof command, { kind: 'usage-error' }>);
    expect(answer).toMatchObject({ stdout: '', exitCode: 2 });
    expect(answer.stderr).toMatch(
      /^usage: keyring [\s\S]*\nkeyring: error: unrecognized arguments: --new\n$/,
    );
  });
});

describe('readKeyringPassword', () => {
  it.each([
    ['p\n', 'p'],
    ['p\r\n', 'p'],
    ['p', 'p'],
    [' p ', ' p '],
  ])('%j', (stdin, password) => expect(readKeyringPassword(stdin)?.reveal()).toBe(password));

  it('is undefined without one', () => {
    expect(readKeyringPassword('')).toBeUndefined();
    expect(readKeyringPassword('\n')).toBeUndefined();
  });

  it.each(['a\nb', 'a\n\n', 'a\0'])('HP01 refuses %j', (stdin) => {
    expect(() => readKeyringPassword(stdin)).toThrow(expect.objectContaining({ code: 'unsafe-value' }));
  });

  it('HP03 is bounded', () => {
    expect(() => readKeyringPassword('a'.repeat(65_537))).toThrow(
      expect.objectContaining({ code: 'too-large' }),
    );
  });
});

describe('Bazel requests', () => {
  it.each(requests.cases)('HP02 $stdin', ({ stdin, url, refused }) => {
    if (refused === undefined) expect(parseBazelRequest(stdin)).toEqual({ url });
    else expect(() => parseBazelRequest(stdin)).toThrow(expect.objectContaining({ code: refused }));
  });

  it('HP03 refuses more than 64 KiB, deep nesting and what is no text', () => {
    expect(() => parseBazelRequest(`{"uri":"https://h.example.com/${'a'.repeat(65_536)}"}`)).toThrow(
      expect.objectContaining({ code: 'too-large' }),
    );
    expect(() => parseBazelRequest(`{"a":${'['.repeat(60_000)}`)).toThrow(
      expect.objectContaining({ code: 'too-large' }),
    );
    expect(() => parseBazelRequest(Uint8Array.of(0xff, 0xfe, 0x7b, 0))).toThrow(
      expect.objectContaining({ code: 'encoding' }),
    );
  });

  it('reads any input or throws its own error', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.record({ uri: fc.oneof(fc.webUrl(), fc.jsonValue()) }).map((value) => JSON.stringify(value)),
        ),
        (stdin) => {
          try {
            expect(parseBazelRequest(stdin).url).toMatch(/^https?:\/\//);
          } catch (error) {
            expect(error).toMatchObject({ name: 'ProtocolError' });
          }
        },
      ),
    );
  });
});

describe('Bazel answers', () => {
  const session: Credential = {
    kind: 'session',
    accessToken: new Secret('at'),
    refreshToken: new Secret('rt'),
    expiresAt: Date.UTC(2026, 10, 23, 12, 0, 59, 999),
  };

  it.each<[string, Credential | undefined, number | undefined, string]>([
    ['nothing', undefined, undefined, '{"headers":{}}\n'],
    [
      'a bearer token',
      { kind: 'bearer', token: new Secret('t') },
      undefined,
      '{"headers":{"Authorization":["Bearer t"]}}\n',
    ],
    [
      'user and password',
      { kind: 'basic', username: 'u', password: new Secret('p') },
      undefined,
      '{"headers":{"Authorization":["Basic dTpw"]}}\n',
    ],
    [
      'HP09 a session, a minute before its end',
      session,
      undefined,
      '{"headers":{"Authorization":["Bearer at"]},"expires":"2026-11-23T11:59:59Z"}\n',
    ],
    [
      'HP09 a given end',
      { kind: 'api-key', key: new Secret('k') },
      Date.UTC(2026, 0, 1),
      '{"headers":{"Authorization":["Bearer k"]},"expires":"2025-12-31T23:59:00Z"}\n',
    ],
  ])('%s', (_, credential, expiresAt, line) => expect(formatBazelAnswer(credential, expiresAt)).toBe(line));

  it('HP09 expires is never later than a minute before the end', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), (expiresAt) => {
        const { expires } = JSON.parse(formatBazelAnswer({ ...session, expiresAt })) as { expires: string };
        expect(Date.parse(expires)).toBeLessThanOrEqual(expiresAt - 60_000);
        expect(Date.parse(expires)).toBeGreaterThan(expiresAt - 61_000);
      }),
    );
  });

  it.each(unsafe)('HP01 refuses the secret %j', (value) => {
    expect(() => formatBazelAnswer({ kind: 'bearer', token: new Secret(value) })).toThrow(
      expect.objectContaining({ code: 'unsafe-value' }),
    );
  });
});
