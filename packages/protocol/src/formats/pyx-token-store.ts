import { Secret, type SessionCredential } from '../credentials/index.ts';
import { seaHash } from '../encoding/index.ts';
import { ProtocolError } from '../errors.ts';
import { encodeUtf8, parseUrl } from '../platform.ts';
import { decodeJwtPayload, jwtExpiresAt } from '../tokens/index.ts';
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

/**
 * What we add to tokens.json as the member `pkgauth`: whose session it is, which the directory's digest does not tell, and
 * its times by this machine's clock. uv ignores the member, and drops it whenever it replaces the tokens that it describes.
 */
type Note = { service?: string; expires_at?: number; received_at?: number; refused_at?: number };

const noteIn = (members: JsonMembers): Note => {
  const value = members.get('pkgauth')?.value;
  return typeof value === 'object' && value !== null ? value : {};
};

const time = <Name extends string>(name: Name, value: unknown): { [Key in Name]?: number } =>
  (Number.isSafeInteger(value) ? { [name]: value } : {}) as { [Key in Name]?: number };

/**
 * The login session in a tokens.json; without a note of ours, `expiresAt` is read from the access token. Throws
 * `ProtocolError`.
 */
export const parsePyxTokens = (input: string | Uint8Array): SessionCredential => {
  const members = readJsonObject(readSourceText(input).text);
  const accessToken = textMember(members, 'access_token');
  const note = noteIn(members);
  return {
    kind: 'session',
    accessToken: new Secret(accessToken),
    refreshToken: new Secret(textMember(members, 'refresh_token')),
    ...time('expiresAt', note.expires_at ?? jwtExpiresAt(accessToken)),
    ...time('receivedAt', note.received_at),
    ...time('refusedAt', note.refused_at),
  };
};

/** The service that a tokens.json says it is for: our own note, else the issuer of its access token. Throws `ProtocolError`. */
export const pyxTokensService = (input: string | Uint8Array): string | undefined => {
  const members = readJsonObject(readSourceText(input).text);
  const service: unknown =
    noteIn(members).service ?? decodeJwtPayload(textMember(members, 'access_token'))?.iss;
  return typeof service === 'string' && parseUrl(service) !== undefined ? service : undefined;
};

/**
 * The text of tokens.json as uv writes it: compact, no line feed; with a `service`, also our note. Members of `previous` that
 * we do not know are kept; throws `ProtocolError` when `previous` is neither empty nor readable.
 */
export const formatPyxTokens = (
  session: Omit<SessionCredential, 'kind'>,
  previous: string | Uint8Array = '',
  service?: string,
): string => {
  const { text } = readSourceText(previous);
  const members: JsonMembers = text.trim() === '' ? new Map() : readJsonObject(text);
  members.set('access_token', jsonMember(session.accessToken.reveal()));
  members.set('refresh_token', jsonMember(session.refreshToken.reveal()));
  members.delete('pkgauth');
  if (service !== undefined) {
    const { expiresAt, receivedAt, refusedAt } = session;
    const times = { expires_at: expiresAt, received_at: receivedAt, refused_at: refusedAt };
    members.set('pkgauth', jsonMember({ service, ...times }));
  }
  return printCompact(members);
};
