import { formatToken, ProtocolError } from '@pkgauth/protocol';
import { expect, it } from 'vitest';
import { ClientError } from '../errors.ts';
import { failureOf, failureText } from './failures.ts';

const plain = { color: false };
const key = formatToken('api-key', new Uint8Array(32).fill(5));

it.each([
  [
    new ClientError('login-needed', 'no login', { hint: 'pkgauth login h' }),
    'pkgauth: error: no login\npkgauth: hint: pkgauth login h\n',
    4,
  ],
  [new ClientError('interrupted', 'interrupted'), 'pkgauth: error: interrupted\n', 130],
  [new ProtocolError('invalid-url', 'not a URL'), 'pkgauth: error: not a URL\n', 2],
  [new ProtocolError('syntax', 'odd', { line: 3 }).inFile('/f'), 'pkgauth: error: /f:3: odd\n', 1],
  [new TypeError('x is not a function'), 'pkgauth: error: unexpected: x is not a function\n', 1],
  ['not even an error', 'pkgauth: error: unexpected: an unknown failure\n', 1],
])('%s', (error, text, exitCode) => {
  expect(failureText(plain, error)).toBe(text);
  expect(failureOf(error).exitCode).toBe(exitCode);
});

it.each([
  `the key ${key} is odd`,
  `https://ada:s3cret-canary@h.example.com/ failed`,
  `Authorization: Bearer ${key}`,
])('CS29 hides what looks like a secret, whoever wrote the message', (message) => {
  for (const error of [new Error(message), new ClientError('failed', message, { hint: message })]) {
    const text = failureText(plain, error);
    expect(text).not.toContain(key);
    expect(text).not.toContain('s3cret-canary');
    expect(text).not.toContain('    at ');
  }
});

it('LF10 escapes what a terminal would act on, but for its own colours', () => {
  const error = new ClientError('failed', '\u001b]52;c;x\u0007\r\u202e', { hint: '\u009b2J' });
  const text = failureText({ color: true }, error);
  expect(text).toBe(
    'pkgauth: \u001b[31merror:\u001b[0m \\x1b]52;c;x\\x07\\x0d\\u{202e}\npkgauth: \u001b[36mhint:\u001b[0m \\x9b2J\n',
  );
});
