import { expect, it } from 'vitest';
import { parseTarget, requireSecureTarget } from './target.ts';

it.each([
  ['pkg.example.com', 'https://pkg.example.com/', 'https://pkg.example.com'],
  ['PKG.Example.com:443', 'https://pkg.example.com/', 'https://pkg.example.com'],
  [
    'pkg.example.com:8443/simple/acme/',
    'https://pkg.example.com:8443/simple/acme',
    'https://pkg.example.com:8443',
  ],
  ['http://pkg.example.com', 'http://pkg.example.com/', 'http://pkg.example.com'],
  ['localhost:8585', 'http://localhost:8585/', 'http://localhost:8585'],
  ['127.0.0.1:8585', 'http://127.0.0.1:8585/', 'http://127.0.0.1:8585'],
  ['[::1]:8585', 'http://[::1]:8585/', 'http://[::1]:8585'],
  ['https://localhost:8585', 'https://localhost:8585/', 'https://localhost:8585'],
  ['https://user:pw@pkg.example.com/x', 'https://pkg.example.com/x', 'https://pkg.example.com'],
])('%s → %s', (text, url, origin) => expect(parseTarget(text)).toEqual({ url, origin }));

it.each(['', 'https://', 'ftp://pkg.example.com', 'a b', '-flag\n'])('refuses %j', (text) => {
  expect(() => parseTarget(text)).toThrow(expect.objectContaining({ code: 'invalid-url' }));
});

it('LF26 refuses plain http to another machine, allows it to this one', () => {
  expect(() => requireSecureTarget(parseTarget('http://pkg.example.com'))).toThrow(
    expect.objectContaining({ code: 'insecure-url' }),
  );
  expect(() => requireSecureTarget(parseTarget('localhost:8585'))).not.toThrow();
});
