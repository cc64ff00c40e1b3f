import { authorizationOf, type Credential } from '../credentials/index.ts';
import { ProtocolError } from '../errors.ts';
import { readJsonObject } from '../formats/json/index.ts';
import { readSourceText } from '../formats/text/index.ts';
import { parseHttpUrl } from '../matching/index.ts';

const maximumRequest = 65_536;
/** Clients may use an answer until it expires: they must let go before the token does. */
const marginMilliseconds = 60_000;

const schemes: Record<string, string> = {
  'grpcs:': 'https:',
  'grpc:': 'http:',
  'https:': 'https:',
  'http:': 'http:',
};

/** The http(s) address of the same host, for the schemes that the specification's clients use. */
const httpAddress = (uri: string): string | undefined => {
  const scheme = /^[a-z]+:(?=\/\/)/i.exec(uri)?.[0] ?? '';
  const mapped = schemes[scheme.toLowerCase()];
  return mapped === undefined ? undefined : parseHttpUrl(mapped + uri.slice(scheme.length))?.href;
};

/**
 * Reads the request of `<helper> get` (EngFlow's credential-helper specification, as Bazel and uv speak it): one JSON object
 * with `uri`; other members are ignored. Answers the http(s) URL to look up; `grpcs://host/…` means `https://host/…`.
 * Throws `ProtocolError`: `too-large` beyond 64 KiB, `syntax`, `encoding`, `invalid-url`.
 */
export const parseBazelRequest = (stdin: string | Uint8Array): { url: string } => {
  const { text } = readSourceText(stdin, maximumRequest);
  const uri = readJsonObject(text).get('uri')?.value;
  if (typeof uri !== 'string') throw new ProtocolError('syntax', 'the request has no uri');
  const url = httpAddress(uri);
  if (url === undefined)
    throw new ProtocolError('invalid-url', "the request's uri is not an address that credentials exist for");
  return { url };
};

const rfc3339 = (milliseconds: number): string =>
  new Date(Math.floor(milliseconds / 1000) * 1000).toISOString().replace('.000Z', 'Z');

/**
 * The answer to a request: the header that authenticates, or none for `undefined`. `expires` is a minute before
 * `expiresAt` (milliseconds since the Unix epoch; by default a session's own), and absent when that is unknown. Throws
 * `ProtocolError` (`unsafe-value`) rather than write a header that could be split.
 */
export const formatBazelAnswer = (
  credential: Credential | undefined,
  expiresAt: number | undefined = credential?.kind === 'session' ? credential.expiresAt : undefined,
): string => {
  if (credential === undefined) return '{"headers":{}}\n';
  const headers = { Authorization: [authorizationOf(credential).reveal()] };
  const expires = expiresAt === undefined ? {} : { expires: rfc3339(expiresAt - marginMilliseconds) };
  return `${JSON.stringify({ headers, ...expires })}\n`;
};
