import { type Credential, parseToken, requireSafeText, Secret, tokenKinds } from '@pkgauth/protocol';
import { ClientError } from '../errors.ts';

/** What a person or script hands over instead of logging in. */
export type GivenSecret =
  | { readonly kind: 'token'; readonly text: string }
  | { readonly kind: 'password'; readonly username: string; readonly text: string };

/** Bytes of stdin that are read for a secret. */
export const longestSecret = 65_536;

const unusable = (message: string, hint: string): ClientError =>
  new ClientError('credential-refused', message, { hint });

// Every token that we know is visible ASCII; anything else is a wrong paste or would break a header (RM08).
const requireTokenText = (text: string): string => {
  if (text === '')
    throw new ClientError('usage', 'nothing came on stdin', { hint: 'pipe the token into the command' });
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  throw unusable(
    'the token has spaces, line breaks or characters that no token has',
    'copy it again, without anything around it',
  );
};

const ourKind = (text: string): Credential['kind'] | undefined => {
  const kind = parseToken(text)?.kind;
  if (kind === 'refresh')
    throw unusable('that is a refresh token, which logs nobody in', 'use an API key or an access token');
  if (kind !== undefined) return kind === 'api-key' ? 'api-key' : 'bearer';
  const looks = Object.values(tokenKinds).find(({ prefix }) => text.startsWith(prefix));
  if (looks === undefined) return undefined;
  throw unusable(`that ${looks.title} is mistyped or cut off: its checksum is wrong`, 'copy it again, whole');
};

/**
 * The credential that a secret is: an API key of ours by its form, any other token as a bearer token, a password with its
 * user name as HTTP Basic. One line break at the end is not part of a password. Throws `usage` for nothing at all and
 * `credential-refused` for what cannot be right; never repeats the secret.
 */
export const credentialOf = (given: GivenSecret): Credential => {
  if (given.kind === 'password') {
    const password = given.text.replace(/\r?\n$/, '');
    if (password === '')
      throw new ClientError('usage', 'nothing came on stdin', { hint: 'pipe the password into the command' });
    if (given.username.includes(':')) throw new ClientError('usage', 'a user name cannot contain a colon');
    const username = requireSafeText(given.username, 'user name');
    return { kind: 'basic', username, password: new Secret(requireSafeText(password, 'password')) };
  }
  const text = requireTokenText(given.text.trim());
  return ourKind(text) === 'api-key'
    ? { kind: 'api-key', key: new Secret(text) }
    : { kind: 'bearer', token: new Secret(text) };
};

/** Whether only a pkgauth service can have issued the credential: then its service is the whole host. */
export const isOurs = (credential: Credential): boolean =>
  credential.kind === 'session' ||
  credential.kind === 'api-key' ||
  (credential.kind === 'bearer' && parseToken(credential.token.reveal()) !== undefined);
