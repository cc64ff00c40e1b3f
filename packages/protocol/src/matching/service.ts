import { ProtocolError } from '../errors.ts';
import type { ParsedUrl } from '../platform.ts';
import { parseHttpUrl, realmOf, sameRealm } from './realm.ts';

const decodeSegment = (segment: string): string | undefined => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
};

/** A server may decode again, cut at `;`, or take an encoded slash for a real one: such segments could climb out. */
const mayClimb = (segment: string): boolean => {
  const decoded = decodeSegment(segment);
  if (decoded === undefined) return true;
  const name = decoded.split(';', 1)[0];
  return /[/\\\0]|%(?:25)*(?:2e|2f|5c|00)/i.test(decoded) || name === '.' || name === '..';
};

const segmentsOf = (url: ParsedUrl): string[] => url.pathname.split('/').slice(1);
const withoutEmpty = (segments: string[]): string[] => segments.filter((segment) => segment !== '');

/**
 * Whether the credential of `service` may be sent to `url`: same scheme, host and port, and the service's path is a prefix
 * by whole segments (`/api` covers `/api/v1`, not `/apiary`). Dot segments are resolved first, also encoded ones; a URL
 * that parsers or servers may read differently (user information aside) matches only a service without a path, or nothing.
 * Query and fragment do not matter, and neither does the service's trailing slash.
 */
export const serviceMatchesUrl = (service: string, url: string): boolean => {
  const [serviceUrl, target] = [parseHttpUrl(service), parseHttpUrl(url)];
  const [serviceRealm, targetRealm] = [realmOf(service), realmOf(url)];
  if (!serviceUrl || !target || !serviceRealm || !targetRealm || !sameRealm(serviceRealm, targetRealm))
    return false;
  const prefix = withoutEmpty(segmentsOf(serviceUrl));
  if (prefix.length === 0) return true;
  const segments = segmentsOf(target);
  return !segments.some(mayClimb) && prefix.every((segment, index) => segment === segments[index]);
};

/** Of the services that match `url`, the one with the longest path; `undefined` when none does. */
export const bestServiceFor = <T extends string>(services: Iterable<T>, url: string): T | undefined => {
  let best: { service: T; depth: number } | undefined;
  for (const service of services) {
    const parsed = parseHttpUrl(service);
    if (parsed === undefined || !serviceMatchesUrl(service, url)) continue;
    const depth = withoutEmpty(segmentsOf(parsed)).length;
    if (best === undefined || depth > best.depth) best = { service, depth };
  }
  return best?.service;
};

/**
 * The canonical URL of a service that a person named: `https://` in front of a bare host (with or without port and path),
 * lower-case punycode host, no default port, dot segments resolved, no user information, query, fragment or trailing slash
 * (but `/` for the root). Throws `ProtocolError` (`invalid-url`).
 */
export const normalizeService = (text: string): string => {
  const url = parseHttpUrl(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`);
  if (url === undefined) {
    throw new ProtocolError('invalid-url', 'not a host or an http(s) URL', {
      hint: 'write it as https://host/path',
    });
  }
  const path = withoutEmpty(segmentsOf(url)).join('/');
  return `${url.protocol}//${url.host.replace(/\.(?=:|$)/, '')}/${path}`;
};

/** Whether two names of services mean the same one. */
export const sameService = (a: string, b: string): boolean =>
  parseHttpUrl(a) !== undefined &&
  parseHttpUrl(b) !== undefined &&
  normalizeService(a) === normalizeService(b);
