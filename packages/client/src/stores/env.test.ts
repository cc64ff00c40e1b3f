import { formatToken, Secret } from '@pkgauth/protocol';
import { fakeContext } from '@pkgauth/testkit';
import { describe, expect, it } from 'vitest';
import { openEnv } from './env.ts';
import { openChain } from './index.ts';

const service = 'https://packages.example.com/';
const key = formatToken('api-key', new Uint8Array(32).fill(7));
const jwtOf = (issuer: string): string =>
  `e30.${Buffer.from(JSON.stringify({ iss: issuer })).toString('base64url')}.c2ln`;

const asked = async (url: string, env: Record<string, string>, known: string[] = [], username?: string) => {
  const store = openEnv(fakeContext({ env }), async () => known);
  const found = await store.match({ kind: 'url', url }, username);
  const credential = found === undefined ? undefined : (await store.get(found.service))?.credential;
  return credential?.kind;
};

describe('env', () => {
  it.each([
    ['a key', { PYX_API_KEY: 'sk-pyx-x', PYX_API_URL: service }, 'api-key'],
    ['its old name', { UV_API_KEY: 'sk-pyx-x', PYX_API_URL: service }, 'api-key'],
    ['a token', { PYX_AUTH_TOKEN: 'opaque', PYX_API_URL: service }, 'bearer'],
    ['its old name', { UV_AUTH_TOKEN: 'opaque', PYX_API_URL: service }, 'bearer'],
    ['a token above a key', { PYX_AUTH_TOKEN: 'opaque', PYX_API_KEY: 'k', PYX_API_URL: service }, 'bearer'],
    ['our own variable', { PKGAUTH_TOKEN: 'opaque', PKGAUTH_URL: service }, 'bearer'],
    ['our own variable with a key', { PKGAUTH_TOKEN: key, PKGAUTH_URL: 'packages.example.com' }, 'api-key'],
    ['a service with a path', { PYX_API_KEY: 'k', PYX_API_URL: `${service}pyx` }, 'api-key'],
    ['white space around it', { PKGAUTH_TOKEN: ` ${key}\n`, PKGAUTH_URL: service }, 'api-key'],
    ['nothing', { PYX_API_URL: service }, undefined],
    ['an empty variable', { PYX_API_KEY: '', PYX_API_URL: service }, undefined],
    ['a service that is no URL', { PYX_API_KEY: 'k', PYX_API_URL: 'ftp://x' }, undefined],
  ] as const)('U8 %s', async (_, env, kind) => expect(await asked(`${service}simple/`, env)).toBe(kind));

  it.each([
    ['another host', 'https://other.example.com/'],
    ['another port', 'https://packages.example.com:8443/'],
    ['another scheme', 'http://packages.example.com/'],
  ])('LF27 sends nothing to %s', async (_, url) => {
    expect(await asked(url, { PYX_API_KEY: 'k', PYX_API_URL: service }, [url])).toBeUndefined();
  });

  it.each([
    ['our key, one service', key, [service], true],
    ['our key, two services', key, [service, 'https://b.example.com/'], false],
    ['our key, no service', key, [], false],
    ['its own token', jwtOf('https://packages.example.com'), [service, 'https://b.example.com/'], true],
    ['a token of another service', jwtOf('https://b.example.com'), [service], false],
    ['an opaque token', 'opaque', [service], false],
    ['a key of another service', 'sk-pyx-x', [service], false],
  ])('LF27 without a named service: %s', async (_, token, known, sent) => {
    for (const name of ['PKGAUTH_TOKEN', 'PYX_AUTH_TOKEN', 'PYX_API_KEY']) {
      expect((await asked(service, { [name]: token }, known)) !== undefined, name).toBe(sent);
    }
  });

  it('sends a foreign key to the service that uv takes for granted, and ours never', async () => {
    expect(await asked('https://api.pyx.dev/simple/', { PYX_API_KEY: 'sk-pyx-x' })).toBe('api-key');
    expect(await asked('https://api.pyx.dev/simple/', { PYX_API_KEY: key })).toBeUndefined();
    expect(await asked('https://api.pyx.dev/simple/', { PKGAUTH_TOKEN: 'opaque' })).toBeUndefined();
  });

  it('is the token user, and no other', async () => {
    const env = { PYX_API_KEY: 'k', PYX_API_URL: service };
    expect(await asked(service, env, [], '__token__')).toBe('api-key');
    expect(await asked(service, env, [], 'ada')).toBeUndefined();
  });

  it('stands above everything that is stored, and knows the services that are', async () => {
    const context = fakeContext({ keyring: 'working' });
    const session = { kind: 'session', accessToken: new Secret('a'), refreshToken: new Secret('r') } as const;
    await (await openChain(context)).save(service, session);
    await (await openChain(context)).save(`${service}simple/acme`, {
      kind: 'bearer',
      token: new Secret('t'),
    });
    const files = Object.fromEntries(context.fileContents);
    const chain = await openChain(fakeContext({ files, env: { PKGAUTH_TOKEN: key } }));
    const found = await chain.find({ kind: 'url', url: `${service}simple/acme/` });
    expect([found?.store.name, found?.origin]).toEqual(['env', 'variable PKGAUTH_TOKEN']);
  });

  it('never shows the token', async () => {
    const store = openEnv(
      fakeContext({ env: { PYX_API_KEY: 'canary', PYX_API_URL: service } }),
      async () => [],
    );
    expect(JSON.stringify([await store.list(), await store.get(service)])).not.toContain('canary');
  });
});
