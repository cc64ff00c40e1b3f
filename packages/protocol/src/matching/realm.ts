import { ProtocolError } from '../errors.ts';
import { type ParsedUrl, parseUrl } from '../platform.ts';

/** Scheme, host and port: what must be equal before a credential is even considered. */
export type Realm = {
  scheme: 'http' | 'https';
  /** Lower case, punycode, IPv6 in brackets. */
  host: string;
  /** The scheme's default when the URL names none. */
  port: number;
};

/**
 * The canonical form of a host name: lower case, punycode, without a trailing dot; IPv4 in dotted decimal, IPv6 compressed
 * and in brackets (accepted without, too). Throws `ProtocolError` (`invalid-url`) for anything that is not just a host.
 */
export const normalizeHost = (host: string): string => {
  const bracketed = /^[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*$/i.test(host) ? `[${host}]` : host;
  const plain = /^(?:[^\s/?#@:\\[\]]+|\[[0-9a-f:.]+\])$/i.test(bracketed);
  const normalized = plain ? parseUrl(`https://${bracketed}/`)?.hostname.replace(/\.$/, '') : undefined;
  if (!normalized) throw new ProtocolError('invalid-url', 'not a host name');
  return normalized;
};

/** Characters that URL parsers disagree about or silently drop: white space, controls, backslash. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const ambiguous = /[\u0000-\u0020\u007f\\]/;

/**
 * An http(s) URL that every parser reads alike; `undefined` for others: relative, of another scheme, without a host or
 * slashes (`https:host`, `https:///x`), with white space, control characters or backslashes.
 */
export const parseHttpUrl = (text: string): ParsedUrl | undefined =>
  ambiguous.test(text) || !/^https?:\/\/[^/?#]/i.test(text) ? undefined : parseUrl(text);

/** The realm of a URL, or `undefined` when `parseHttpUrl` does not take it. */
export const realmOf = (url: string): Realm | undefined => {
  const parsed = parseHttpUrl(url);
  if (parsed === undefined) return undefined;
  const scheme = parsed.protocol === 'https:' ? 'https' : 'http';
  const port = parsed.port === '' ? (scheme === 'https' ? 443 : 80) : Number(parsed.port);
  return { scheme, host: parsed.hostname.replace(/\.$/, ''), port };
};

export const sameRealm = (a: Realm, b: Realm): boolean =>
  a.scheme === b.scheme && a.host === b.host && a.port === b.port;
