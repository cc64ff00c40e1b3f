import { parseToken } from '@pkgauth/protocol';

/** What an `Authorization` header carries, after its form was checked; nothing is looked up. */
export type Presented =
  | { kind: 'access-token'; token: string }
  | { kind: 'api-key'; key: string }
  | { kind: 'malformed'; message: string };

/** Node refuses larger headers altogether. */
const longestHeader = 16 * 1024;

/** The user name under which every tool can send a token as its password. */
const tokenUser = '__token__';

const malformed = (message: string): Presented => ({ kind: 'malformed', message });

/**
 * `Bearer <access token | API key>`, `Basic __token__:<either>`, `Basic <API key>:` (RFC 6750, RFC 7617). Every other
 * user name is refused, and so is a password beside an API key as the user name, because a typing error there would
 * otherwise go unnoticed.
 */
export function readAuthorization(header: string): Presented {
  if (header.length > longestHeader) return malformed('The Authorization header is too long');
  const space = header.indexOf(' ');
  const scheme = header.slice(0, Math.max(space, 0)).toLowerCase();
  const value = header.slice(space + 1);
  if (scheme === 'bearer') return readToken(value);
  if (scheme === 'basic') return readBasic(value);
  return malformed('The Authorization header is neither Bearer nor Basic');
}

function readToken(text: string): Presented {
  if (parseToken(text)?.kind === 'api-key') return { kind: 'api-key', key: text };
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(text)) return { kind: 'access-token', token: text };
  if (text.startsWith('pka_')) return malformed('The API key is cut off or mistyped');
  return malformed('The credential is neither an access token nor an API key');
}

function readBasic(encoded: string): Presented {
  const text = decodeBase64(encoded);
  const colon = text?.indexOf(':') ?? -1;
  if (text === undefined || colon < 0)
    return malformed('The Basic credential is not a base64 user:password pair');
  const user = text.slice(0, colon);
  const password = text.slice(colon + 1);
  if (user === tokenUser) return readToken(password);
  if (parseToken(user)?.kind !== 'api-key') {
    return malformed('The user name must be __token__, with an API key or access token as the password');
  }
  if (password !== '') return malformed('An API key as the user name takes no password');
  return { kind: 'api-key', key: user };
}

/** `atob` forgives white space and missing padding; RFC 4648 §4 does not. Our credentials are ASCII. */
function decodeBase64(text: string): string | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  return atob(text);
}
