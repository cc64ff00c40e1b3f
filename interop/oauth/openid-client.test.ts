import { describeWith } from '@pkgauth/testkit';
import * as client from 'openid-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { settleInBrowser } from '../support/browser.ts';
import { type Service, startService, statusFor } from '../support/service.ts';
import { backInProgram, listenForCallback } from './callback.ts';

/** A certified OpenID Connect client, which checks our metadata, issuer, id_token and its signature by itself. */
describeWith(['chromium'], 'openid-client', () => {
  const scope = 'openid profile offline_access channel:read';
  let service: Service;
  let config: client.Configuration;
  beforeAll(async () => {
    service = await startService({ built: true });
    config = await client.discovery(new URL(service.url), 'pkgauth', undefined, client.None(), {
      // Only because this is plain http on loopback.
      execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
    });
  });
  afterAll(() => service?.[Symbol.asyncDispose]());

  const begin = async (redirectUri: string) => {
    const checks = {
      pkceCodeVerifier: client.randomPKCECodeVerifier(),
      expectedState: client.randomState(),
      expectedNonce: client.randomNonce(),
      idTokenExpected: true,
    };
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope,
      code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: checks.expectedState,
      nonce: checks.expectedNonce,
    });
    return { url: url.href, checks };
  };
  const logIn = async () => {
    await using callback = await listenForCallback();
    const { url, checks } = await begin(callback.redirectUri);
    await settleInBrowser(url, service.owner, 'Approve', backInProgram);
    return client.authorizationCodeGrant(config, await callback.received, checks);
  };

  it('logs in by code and PKCE, verifies the id_token, and is told who it is', async () => {
    const tokens = await logIn();
    const claims = tokens.claims();
    expect(claims).toMatchObject({ iss: service.url, aud: 'pkgauth' });
    expect(tokens.expires_in).toBe(3600);
    const person = await client.fetchUserInfo(config, tokens.access_token, claims?.sub ?? '');
    expect(person).toEqual({ sub: claims?.sub, name: 'Olive Owner' });
    expect(await statusFor(service.url, tokens.access_token)).toBe(200);
  });

  it('OA04 is refused with another verifier than it began with, and with a code that was used', async () => {
    await using callback = await listenForCallback();
    const { url, checks } = await begin(callback.redirectUri);
    await settleInBrowser(url, service.owner, 'Approve', backInProgram);
    const answer = await callback.received;
    const wrong = { ...checks, pkceCodeVerifier: client.randomPKCECodeVerifier() };
    await expect(client.authorizationCodeGrant(config, answer, wrong)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    const { access_token } = await client.authorizationCodeGrant(config, answer, checks);
    expect(await statusFor(service.url, access_token)).toBe(200);
    await expect(client.authorizationCodeGrant(config, answer, checks)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    expect(await statusFor(service.url, access_token)).toBe(401);
  });

  it('hears that the person denied it', async () => {
    await using callback = await listenForCallback();
    const { url, checks } = await begin(callback.redirectUri);
    await settleInBrowser(url, service.owner, 'Deny', backInProgram);
    const grant = client.authorizationCodeGrant(config, await callback.received, checks);
    await expect(grant).rejects.toMatchObject({ error: 'access_denied' });
  });

  it('refreshes, in parallel too, and ends the login: every token of it is refused at once', async () => {
    const tokens = await logIn();
    const refresh = (token = '') => client.refreshTokenGrant(config, token);
    const raced = await Promise.all(Array.from({ length: 5 }, () => refresh(tokens.refresh_token)));
    expect(new Set(raced.map(({ refresh_token }) => refresh_token)).size).toBe(1);
    const [{ access_token, refresh_token = '' } = tokens] = raced;
    expect(refresh_token).not.toBe(tokens.refresh_token);
    expect(await statusFor(service.url, access_token)).toBe(200);
    await client.tokenRevocation(config, refresh_token);
    expect(await statusFor(service.url, access_token)).toBe(401);
    expect(await statusFor(service.url, tokens.access_token)).toBe(401);
    await expect(refresh(refresh_token)).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it('logs in by device code, and refreshes that', async () => {
    const device = await client.initiateDeviceAuthorization(config, { scope });
    const tokens = client.pollDeviceAuthorizationGrant(config, device);
    await settleInBrowser(device.verification_uri_complete ?? '', service.owner);
    const { access_token, refresh_token = '' } = await tokens;
    expect(await statusFor(service.url, access_token)).toBe(200);
    const refreshed = await client.refreshTokenGrant(config, refresh_token);
    expect(await statusFor(service.url, refreshed.access_token)).toBe(200);
  });

  it('hears that a device was denied', async () => {
    const device = await client.initiateDeviceAuthorization(config, { scope });
    const tokens = client.pollDeviceAuthorizationGrant(config, device);
    const refused = expect(tokens).rejects.toMatchObject({ error: 'access_denied' });
    await settleInBrowser(device.verification_uri_complete ?? '', service.owner, 'Deny');
    await refused;
  });
});
