import { Secret, type SessionCredential } from '../credentials/index.ts';
import { seaHash } from '../encoding/index.ts';
import { ProtocolError } from '../errors.ts';
import { encodeUtf8, parseUrl } from '../platform.ts';
import { jwtExpiresAt } from '../tokens/index.ts';
import { type JsonMembers, jsonMember, printCompact, readJsonObject } from './json/index.ts';
import { readSourceText } from './text/index.ts';

/**
 * The token directory that uv 0.8.15 … 0.12.6 keeps for a pyx-speaking host:
 * `<root>/<digest(API URL)>/tokens.json`, its `tokens.lock`, and one pair of files for each API key.
 */

/**
 * The API URL as uv hashes it: WHATWG-serialised, without credentials, and without the last `/` unless the path is `/`.
 * Throws `ProtocolError` (`invalid-url`).
 */
export const canonicalApiUrl = (url: string): string => {
  const parsed = parseUrl(url);
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    throw new ProtocolError('invalid-url', 'the API address is not an http(s) URL');
  }
  const path = parsed.pathname.length > 1 ? parsed.pathname.replace(/\/$/, '') : parsed.pathname;
  return `${parsed.protocol}//${parsed.host}${path}${parsed.search}${parsed.hash}`;
};

/** uv's file-name digest: SeaHash of the UTF-8 text and a 0xFF byte, 16 hexadecimal digits in little-endian byte order. */
export const pyxDigest = (text: string): string => {
  const bytes = encodeUtf8(text);
  const terminated = new Uint8Array(bytes.length + 1);
  terminated.set(bytes);
  terminated[bytes.length] = 0xff;
  const bigEndian = seaHash(terminated).toString(16).padStart(16, '0');
  return (bigEndian.match(/../g) ?? []).reverse().join('');
};

/** Paths below the store's root, as segments. */
export type PyxStorePaths = { directory: string[]; tokens: string[]; lock: string[] };

/** Where uv keeps the login session of an API URL. The lock is an exclusive flock(2) on an empty file. */
export const pyxTokenPaths = (apiUrl: string): PyxStorePaths => {
  const directory = pyxDigest(canonicalApiUrl(apiUrl));
  return { directory: [directory], tokens: [directory, 'tokens.json'], lock: [directory, 'tokens.lock'] };
};

/** Where uv caches the access token of an API key: the bare token, although the name ends in `.json`. */
export const pyxApiKeyPaths = (apiUrl: string, apiKey: string): PyxStorePaths => {
  const directory = pyxDigest(canonicalApiUrl(apiUrl));
  const name = pyxDigest(apiKey);
  return { directory: [directory], tokens: [directory, `${name}.json`], lock: [directory, `${name}.lock`] };
};

const textMember = (members: JsonMembers, key: string): string => {
  const value = members.get(key)?.value;
  if (typeof value === 'string') return value;
  throw new ProtocolError('syntax', value === undefined ? `"${key}" is missing` : `"${key}" is not a string`);
};

/** The login session in a tokens.json; `expiresAt` is read from the access token. Throws `ProtocolError`. */
export const parsePyxTokens = (input: string | Uint8Array): SessionCredential => {
  const members = readJsonObject(readSourceText(input).text);
  const accessToken = textMember(members, 'access_token');
  const expiresAt = jwtExpiresAt(accessToken);
  return {
    kind: 'session',
    accessToken: new Secret(accessToken),
    refreshToken: new Secret(textMember(members, 'refresh_token')),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
};

/**
 * The text of tokens.json as uv writes it: compact, no line feed. Members of `previous` that we do not know are kept;
 * throws `ProtocolError` when `previous` is neither empty nor readable.
 */
export const formatPyxTokens = (
  session: Pick<SessionCredential, 'accessToken' | 'refreshToken'>,
  previous: string | Uint8Array = '',
): string => {
  const { text } = readSourceText(previous);
  const members: JsonMembers = text.trim() === '' ? new Map() : readJsonObject(text);
  members.set('access_token', jsonMember(session.accessToken.reveal()));
  members.set('refresh_token', jsonMember(session.refreshToken.reveal()));
  return printCompact(members);
};
