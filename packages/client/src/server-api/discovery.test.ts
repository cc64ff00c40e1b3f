import { fakeContext, type ScriptedServiceOptions, scriptedService } from '@pkgauth/testkit';
import { describe, expect, it } from 'vitest';
import { discoverService } from './discovery.ts';

const origin = 'https://h.example.com';
const discover = (options: ScriptedServiceOptions = {}, asked = origin) => {
  const service = scriptedService(origin, options);
  return discoverService(fakeContext({ respond: service.respond }), asked);
};

describe('discoverService', () => {
  it('finds the doors of a service', async () => {
    expect(await discover()).toEqual({
      origin,
      authorizationEndpoint: `${origin}/oauth2/authorize`,
      tokenEndpoint: `${origin}/oauth2/token`,
      deviceEndpoint: `${origin}/oauth2/device/code`,
      revocationEndpoint: `${origin}/oauth2/revoke`,
      sendsIssuer: true,
    });
  });

  it('reads the OpenID document where there is no other', async () => {
    const service = scriptedService(origin);
    const document = service.respond({
      method: 'GET',
      url: `${origin}/.well-known/oauth-authorization-server`,
    });
    const doors = {
      '/.well-known/oauth-authorization-server': () => ({ status: 404 }),
      '/.well-known/openid-configuration': () => document,
    };
    expect(await discover({ doors })).toMatchObject({ origin });
  });

  it.each([
    'https://evil.example',
    'http://h.example.com',
    'https://h.example.com:444',
    'https://h.example.com/realm',
  ])('LF08 another issuer (%s) is refused', async (issuer) => {
    await expect(discover({ metadata: { issuer } })).rejects.toMatchObject({
      code: 'bad-response',
      message: expect.stringContaining(issuer),
    });
  });

  it('takes the issuer with a slash at its end', async () => {
    expect(await discover({ metadata: { issuer: `${origin}/` } })).toMatchObject({ origin });
  });

  it.each([
    ['token_endpoint', 'https://evil.example/token'],
    ['authorization_endpoint', 'file:///etc/passwd'],
    ['device_authorization_endpoint', 'http://h.example.com/device'],
    ['revocation_endpoint', '/relative'],
  ])('LF09 a %s elsewhere (%s) is refused', async (name, url) => {
    await expect(discover({ metadata: { [name]: url } })).rejects.toMatchObject({ code: 'bad-response' });
  });

  it.each([undefined, [], ['plain']])(
    'LF07 a server with the PKCE methods %j is refused',
    async (methods) => {
      await expect(
        discover({ metadata: { code_challenge_methods_supported: methods } }),
      ).rejects.toMatchObject({
        code: 'bad-response',
        message: expect.stringContaining('PKCE'),
      });
    },
  );

  it.each([
    ['a host without metadata', () => ({ status: 404, body: 'no' })],
    ['a portal that answers everything with a page', () => ({ status: 200, body: '<html>sign in</html>' })],
    ['a redirect', () => ({ status: 302, headers: { location: 'https://evil.example' } })],
    ['metadata without an issuer', () => ({ status: 200, body: '{}' })],
  ])('%s is no service', async (_name, door) => {
    expect(
      await discover({
        doors: { '/.well-known/oauth-authorization-server': door, '/.well-known/openid-configuration': door },
      }),
    ).toBeUndefined();
  });

  it('another OpenID provider is no service', async () => {
    expect(await discover({ doors: { '/api/v1/whoami': () => ({ status: 404 }) } })).toBeUndefined();
  });
});
