import { Secret } from '../credentials/index.ts';
import { ProtocolError } from '../errors.ts';
import { readAnswer, requireText, secondsOf, textOf } from './answer.ts';

export type TokenResponse = {
  accessToken: Secret;
  refreshToken?: Secret;
  idToken?: Secret;
  /** Seconds from receipt; absent when the server did not say. */
  expiresIn?: number;
  scope?: string;
};

const secretOf = (value: unknown): Secret | undefined => {
  const text = textOf(value);
  return text === undefined ? undefined : new Secret(text);
};

/**
 * Reads a successful token answer (RFC 6749 §5.1; also uv's and pyx's, which has the tokens only). Tolerates a missing or
 * differently spelled `token_type` of bearer, `expires_in` as text, negative (0) or missing, and unknown members. Throws
 * `ProtocolError`: `syntax` when it is no such answer, `too-large`, or `unsupported` for another token type.
 */
export const parseTokenResponse = (input: string | Uint8Array): TokenResponse => {
  const members = readAnswer(input);
  const accessToken = new Secret(requireText(members, 'access_token'));
  const tokenType = textOf(members.token_type) ?? 'bearer';
  if (tokenType.toLowerCase() !== 'bearer') {
    throw new ProtocolError('unsupported', 'the server issues a type of token other than bearer');
  }
  const refreshToken = secretOf(members.refresh_token);
  const idToken = secretOf(members.id_token);
  const expiresIn = secondsOf(members.expires_in);
  const scope = textOf(members.scope);
  return {
    accessToken,
    ...(refreshToken === undefined ? {} : { refreshToken }),
    ...(idToken === undefined ? {} : { idToken }),
    ...(expiresIn === undefined ? {} : { expiresIn }),
    ...(scope === undefined ? {} : { scope }),
  };
};
