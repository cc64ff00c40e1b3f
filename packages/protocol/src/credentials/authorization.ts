import { encodeBase64 } from '../encoding/index.ts';
import { ProtocolError } from '../errors.ts';
import { encodeUtf8 } from '../platform.ts';
import type { Credential } from './credential.ts';
import { Secret } from './secret.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const controls = /[\u0000-\u001f\u007f]/;

/**
 * Refuses text that could end a header or protocol line early or that has no UTF-8 form: control characters and lone
 * surrogates. Throws `ProtocolError` (`unsafe-value`) naming `what`, never the text.
 */
export const requireSafeText = (text: string, what: string): string => {
  if (controls.test(text))
    throw new ProtocolError('unsafe-value', `the ${what} contains a control character`);
  if (/\p{Surrogate}/u.test(text))
    throw new ProtocolError('unsafe-value', `the ${what} is not valid Unicode`);
  return text;
};

const requireVisibleAscii = (text: string, what: string): string => {
  if (!/^[\x21-\x7e]+$/.test(text)) {
    throw new ProtocolError('unsafe-value', `the ${what} has characters that a header cannot carry`);
  }
  return text;
};

const basic = (username: string, password: string): string => {
  if (username.includes(':')) {
    throw new ProtocolError('unsafe-value', 'the user name contains a colon, which HTTP Basic cannot carry');
  }
  const text = `${requireSafeText(username, 'user name')}:${requireSafeText(password, 'password')}`;
  return `Basic ${encodeBase64(encodeUtf8(text))}`;
};

/**
 * The `Authorization` header value of a credential: RFC 7617 with UTF-8, or RFC 6750. Throws `ProtocolError`
 * (`unsafe-value`) for values that would break out of the header.
 */
export const authorizationOf = (credential: Credential): Secret => {
  switch (credential.kind) {
    case 'basic':
      return new Secret(basic(credential.username, credential.password.reveal()));
    case 'bearer':
      return new Secret(`Bearer ${requireVisibleAscii(credential.token.reveal(), 'token')}`);
    case 'session':
      return new Secret(`Bearer ${requireVisibleAscii(credential.accessToken.reveal(), 'access token')}`);
    case 'api-key':
      return new Secret(`Bearer ${requireVisibleAscii(credential.key.reveal(), 'API key')}`);
  }
};
