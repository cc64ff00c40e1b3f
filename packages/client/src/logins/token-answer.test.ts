import { fakeContext } from '@pkgauth/testkit';
import { describe, expect, it } from 'vitest';
import type { Service } from '../server-api/index.ts';
import { tokenCredential } from './token-answer.ts';

const service = { origin: 'https://h.example.com', tokenEndpoint: 'https://h.example.com/token' } as Service;
const context = fakeContext();
const read = (body: unknown, status = 200) =>
  tokenCredential(context, service, {
    status,
    reason: 'R',
    headers: {},
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const claims = (exp: number) =>
  `${btoa('{}').replace(/=+$/, '')}.${btoa(JSON.stringify({ exp })).replace(/=+$/, '')}.x`;

describe('tokenCredential', () => {
  it('LF18 counts the lifetime from the receipt, whatever the token itself says', () => {
    const credential = read({ access_token: claims(1), refresh_token: 'r', expires_in: 3600 });
    expect(credential).toMatchObject({ kind: 'session', expiresAt: context.now() + 3_600_000 });
  });

  it.each([
    [
      'a lifetime as text',
      { access_token: 'a', refresh_token: 'r', expires_in: '60', token_type: 'bearer' },
      context.now() + 60_000,
    ],
    ['a negative lifetime', { access_token: 'a', refresh_token: 'r', expires_in: -1 }, context.now()],
    [
      'no lifetime but the claim',
      { access_token: claims(2_000_000_000), refresh_token: 'r' },
      2_000_000_000_000,
    ],
    ['neither', { access_token: 'a', refresh_token: 'r', extra: {} }, undefined],
  ])('LF20 takes %s', (_name, body, expiresAt) => {
    const credential = read(body);
    expect(credential.kind === 'session' && credential.expiresAt).toBe(expiresAt);
  });

  it('LF20 without a refresh token it is a bearer token', () => {
    const credential = read({ access_token: 'a', token_type: 'Bearer' });
    expect(credential.kind === 'bearer' && credential.token.reveal()).toBe('a');
  });

  it.each(['', '<html>', '[]', '{}', '{"access_token":1}', '{"access_token":""}'])(
    'LF19 %j is an error',
    (body) => {
      expect(() => read(body)).toThrow(expect.objectContaining({ code: 'bad-response' }));
    },
  );

  it('a refusal is the sentence of the service', () => {
    expect(() => read({ error: 'invalid_grant', error_description: 'the code is old' }, 400)).toThrow(
      'h.example.com says: the code is old',
    );
  });
});
