import { ProtocolError } from '../errors.ts';
import { realmOf } from './realm.ts';

/**
 * Whether the URL's host is this machine by its spelling alone: `localhost`, 127.0.0.0/8 or `[::1]`. Names that merely
 * resolve to a loopback address are not.
 */
export const isLoopback = (url: string): boolean => {
  const host = realmOf(url)?.host;
  return (
    host !== undefined && (host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host))
  );
};

/**
 * Throws `ProtocolError` unless credentials may travel to this URL: https, or http to this machine (`insecure-url`
 * otherwise; `invalid-url` when it is not an http(s) URL at all).
 */
export const requireSecure = (url: string): void => {
  const realm = realmOf(url);
  if (realm === undefined) throw new ProtocolError('invalid-url', 'not an http(s) URL');
  if (realm.scheme === 'http' && !isLoopback(url)) {
    throw new ProtocolError('insecure-url', `credentials would travel unencrypted to ${realm.host}`, {
      hint: 'use the https:// address',
    });
  }
};
