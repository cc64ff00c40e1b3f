import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseDeviceAuthorization,
  parseErrorBody,
  parseTokenResponse,
  pkceChallenge,
  pkceVerifier,
} from './index.ts';

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
const read = (members: object) => {
  const { accessToken, refreshToken, ...rest } = parseTokenResponse(JSON.stringify(members));
  return { accessToken: accessToken.reveal(), refreshToken: refreshToken?.reveal(), ...rest };
};

describe('PKCE', () => {
  it('LF07 gives the challenge of RFC 7636 appendix B', async () => {
    expect(await pkceChallenge('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk', sha256)).toBe(
      'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    );
  });

  it('LF07 a verifier has 43 to 128 characters of the unreserved set', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 96 }), (bytes) => {
        expect(pkceVerifier(bytes)).toMatch(/^[\w-]{43,128}$/);
      }),
    );
    expect(() => pkceVerifier(new Uint8Array(31))).toThrow(TypeError);
    expect(() => pkceVerifier(new Uint8Array(97))).toThrow(TypeError);
  });
});

describe('parseTokenResponse', () => {
  it('LF20 reads the whole answer', () => {
    expect(
      read({
        access_token: 'a',
        refresh_token: 'r',
        token_type: 'Bearer',
        expires_in: 3600,
        scope: 'x y',
        more: 1,
      }),
    ).toEqual({ accessToken: 'a', refreshToken: 'r', expiresIn: 3600, scope: 'x y' });
  });

  it.each([
    ['no token type', { access_token: 'a' }, {}],
    ['lower-case bearer', { access_token: 'a', token_type: 'bearer' }, {}],
    ['expires_in as text', { access_token: 'a', expires_in: '3600' }, { expiresIn: 3600 }],
    ['negative expires_in', { access_token: 'a', expires_in: -5 }, { expiresIn: 0 }],
    ['fraction', { access_token: 'a', expires_in: 5.9 }, { expiresIn: 5 }],
    ['expires_in that is no number', { access_token: 'a', expires_in: 'soon' }, {}],
    ['null members', { access_token: 'a', refresh_token: null, expires_in: null, scope: null }, {}],
    ['empty refresh token', { access_token: 'a', refresh_token: '' }, {}],
  ])('LF20 tolerates %s', (_, members, more) => {
    expect(read(members)).toEqual({ accessToken: 'a', refreshToken: undefined, ...more });
  });

  it.each([
    ['a web page', '<html>', 'syntax'],
    ['nothing', '', 'syntax'],
    ['a list', '[]', 'syntax'],
    ['no access token', '{"refresh_token":"r"}', 'syntax'],
    ['an empty access token', '{"access_token":""}', 'syntax'],
    ['an access token that is no text', '{"access_token":5}', 'syntax'],
    ['a MAC token', '{"access_token":"a","token_type":"mac"}', 'unsupported'],
    ['two megabytes', `{"access_token":"${'a'.repeat(2_000_000)}"}`, 'too-large'],
  ])('LF19 refuses %s', (_, text, code) => {
    expect(() => parseTokenResponse(text)).toThrow(expect.objectContaining({ code }));
  });

  it('LF19 never quotes the answer', () => {
    expect(() => parseTokenResponse('{"access_token":"CANARY" x')).toThrow(
      expect.not.objectContaining({ cause: expect.anything() as unknown }),
    );
    expect(() => parseTokenResponse('{"access_token":"CANARY" x')).not.toThrow(/CANARY/);
  });

  it('reads any JSON or throws its own error', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc
            .record({ access_token: fc.jsonValue(), expires_in: fc.jsonValue() })
            .map((value) => JSON.stringify(value)),
        ),
        (text) => {
          try {
            expect(parseTokenResponse(text).accessToken.reveal()).not.toBe('');
          } catch (error) {
            expect(error).toMatchObject({ name: 'ProtocolError' });
          }
        },
      ),
    );
  });
});

describe('parseErrorBody', () => {
  it.each([
    [
      '{"error":"invalid_grant","error_description":"expired"}',
      { code: 'invalid_grant', description: 'expired' },
    ],
    ['{"error":"slow_down"}', { code: 'slow_down' }],
    [
      '{"type":"about:blank","title":"Gone","detail":"key expired","code":"expired"}',
      { code: 'expired', description: 'key expired' },
    ],
    [
      '{"error":"x","error_description":"a\\u001b]52;c;x\\u0007"}',
      { code: 'x', description: 'a\\x1b]52;c;x\\x07' },
    ],
    ['{"error":"x","error_description":"sent Bearer abc123"}', { code: 'x', description: 'sent Bearer ***' }],
  ])('LF10 %s', (text, expected) => expect(parseErrorBody(text)).toEqual(expected));

  it.each(['', '<html>', '{}', '[]', '{"error":{"code":5}}'])('is undefined for %j', (text) => {
    expect(parseErrorBody(text)).toBeUndefined();
  });

  it('is bounded', () => {
    expect(
      parseErrorBody(JSON.stringify({ error: 'x', error_description: 'y'.repeat(100_000) }))?.description,
    ).toHaveLength(500);
  });
});

describe('parseDeviceAuthorization', () => {
  const members = {
    device_code: 'd',
    user_code: 'ABCD-EFGH',
    verification_uri: 'https://h.example.com/device',
    expires_in: 600,
    interval: 7,
  };

  it('reads the answer', () => {
    const { deviceCode, ...rest } = parseDeviceAuthorization(
      JSON.stringify({
        ...members,
        verification_uri_complete: 'https://h.example.com/device?user_code=ABCD-EFGH',
      }),
    );
    expect(deviceCode.reveal()).toBe('d');
    expect(rest).toEqual({
      userCode: 'ABCD-EFGH',
      verificationUri: 'https://h.example.com/device',
      verificationUriComplete: 'https://h.example.com/device?user_code=ABCD-EFGH',
      expiresIn: 600,
      interval: 7,
    });
  });

  it('has defaults, and knows the older name of the address', () => {
    const { verification_uri: verification_url, ...others } = members;
    const answer = parseDeviceAuthorization(
      JSON.stringify({ ...others, verification_url, expires_in: undefined, interval: 0 }),
    );
    expect(answer).toMatchObject({
      verificationUri: 'https://h.example.com/device',
      expiresIn: 900,
      interval: 5,
    });
  });

  it.each([
    'file:///etc/passwd',
    'ms-settings:x',
    '\\\\host\\x',
    '-flag',
    'javascript:x',
    'https://h.example.com/\n',
  ])('LF09 refuses the page %j', (verification_uri) => {
    expect(() => parseDeviceAuthorization(JSON.stringify({ ...members, verification_uri }))).toThrow(
      expect.objectContaining({ code: 'invalid-url' }),
    );
    expect(() =>
      parseDeviceAuthorization(JSON.stringify({ ...members, verification_uri_complete: verification_uri })),
    ).toThrow(expect.objectContaining({ code: 'invalid-url' }));
  });

  it.each(['device_code', 'user_code', 'verification_uri'])('refuses an answer without %s', (name) => {
    expect(() => parseDeviceAuthorization(JSON.stringify({ ...members, [name]: undefined }))).toThrow(
      expect.objectContaining({ code: 'syntax' }),
    );
  });
});
