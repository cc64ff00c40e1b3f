import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import answers from '../../../../vectors/keyring/answers.json' with { type: 'json' };
import { Secret } from '../credentials/index.ts';
import {
  answerKeyringBackends,
  answerKeyringDel,
  answerKeyringDiagnose,
  answerKeyringFailure,
  answerKeyringGet,
  answerKeyringSet,
  answerKeyringUsage,
  parseKeyringArguments,
  readKeyringPassword,
} from './index.ts';

const get = (mode: 'password' | 'creds', output: 'plain' | 'json') =>
  ({ kind: 'get', service: 's', username: 'bob', mode, output }) as const;
const everyAnswer = (['password', 'creds'] as const).flatMap((mode) =>
  (['plain', 'json'] as const).map((output) => get(mode, output)),
);
const unsafe = ['a\nb', 'a\rb', 'a\0b', '\ud800', '\udc00x'];

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
