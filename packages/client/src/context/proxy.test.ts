import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { proxyFor } from './proxy.ts';

const at = (url: string, env: Record<string, string>) => {
  const proxy = proxyFor(new URL(url), env);
  return proxy === undefined || proxy === 'invalid' ? proxy : `${proxy.kind} ${proxy.hostname}:${proxy.port}`;
};

describe('LF15 proxyFor', () => {
  it.each([
    ['https by HTTPS_PROXY', 'https://h.example/', { HTTPS_PROXY: 'http://p:3128' }, 'http p:3128'],
    [
      'lower case first',
      'https://h.example/',
      { HTTPS_PROXY: 'http://no:1', https_proxy: 'http://p:2' },
      'http p:2',
    ],
    [
      'an empty variable is none',
      'https://h.example/',
      { https_proxy: '', HTTPS_PROXY: 'http://p:2' },
      'http p:2',
    ],
    ['no scheme means http', 'https://h.example/', { HTTPS_PROXY: 'p:3128' }, 'http p:3128'],
    ['default ports', 'https://h.example/', { HTTPS_PROXY: 'https://p' }, 'https p:443'],
    ['socks', 'https://h.example/', { ALL_PROXY: 'socks5h://p' }, 'socks5 p:1080'],
    ['IPv6 proxy', 'https://h.example/', { HTTPS_PROXY: 'http://[::2]:8080' }, 'http ::2:8080'],
    ['the other scheme has its own', 'http://h.example/', { HTTPS_PROXY: 'http://p:1' }, undefined],
    ['http by HTTP_PROXY', 'http://h.example/', { HTTP_PROXY: 'http://p:1' }, 'http p:1'],
    [
      'not in CGI, where a client sets it',
      'http://h.example/',
      { HTTP_PROXY: 'http://p:1', REQUEST_METHOD: 'GET' },
      undefined,
    ],
    ['not a URL', 'https://h.example/', { HTTPS_PROXY: 'http://' }, 'invalid'],
    ['an unknown kind', 'https://h.example/', { HTTPS_PROXY: 'ftp://p' }, 'invalid'],
    ['no variable', 'https://h.example/', {}, undefined],
  ] as const)('%s', (_, url, env, expected) => expect(at(url, env)).toBe(expected));

  it.each(['localhost', '127.0.0.1', '127.1.2.3', '[::1]', 'localhost:8585'])('never for %s', (host) => {
    for (const scheme of ['http', 'https']) {
      expect(at(`${scheme}://${host}/`, { ALL_PROXY: 'http://p:1', NO_PROXY: '' })).toBeUndefined();
    }
  });

  it.each([
    ['exact', 'h.example', true],
    ['a domain covers its names', 'example', true],
    ['with a dot', '.example', true],
    ['with an asterisk', '*.example', true],
    ['everything', '*', true],
    ['case does not matter', 'H.Example', true],
    ['in a list', 'a.test, h.example', true],
    ['separated by spaces', 'a.test h.example', true],
    ['the port', 'h.example:443', true],
    ['another port', 'h.example:8443', false],
    ['only whole labels', 'ample', false],
    ['a longer name', 'x.h.example', false],
    ['nothing', '', false],
    ['commas only', ',,', false],
    ['a lone dot', '.', false],
  ] as const)('NO_PROXY %s', (_, list, exempt) => {
    const answer = at('https://h.example/', { HTTPS_PROXY: 'http://p:1', NO_PROXY: list });
    expect(answer).toBe(exempt ? undefined : 'http p:1');
  });

  it.each([
    ['2001:db8::1', 'https://[2001:db8::1]/', true],
    ['[2001:db8::1]:443', 'https://[2001:db8::1]/', true],
    ['[2001:db8::1]:8443', 'https://[2001:db8::1]/', false],
    ['2001:db8::2', 'https://[2001:db8::1]/', false],
  ] as const)('NO_PROXY %s for %s', (list, url, exempt) => {
    expect(at(url, { HTTPS_PROXY: 'http://p:1', NO_PROXY: list })).toBe(exempt ? undefined : 'http p:1');
  });

  it('decodes user name and password', () => {
    const proxy = proxyFor(new URL('https://h.example/'), { HTTPS_PROXY: 'http://us%40er:p%3Aw@p:1' });
    expect(proxy).toMatchObject({ username: 'us@er', password: 'p:w' });
  });

  it('answers for any text in the variables', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (proxy, list) => {
        const answer = proxyFor(new URL('https://h.example/'), { HTTPS_PROXY: proxy, NO_PROXY: list });
        if (typeof answer === 'object') expect(answer.hostname).not.toBe('');
      }),
    );
  });
});
