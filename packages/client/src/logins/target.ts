import { isLoopback, normalizeService, requireSecure } from '@pkgauth/protocol';

/** What a person named on the command line. */
export type Target = {
  /** Canonical URL of exactly what was named, path included. */
  readonly url: string;
  /** `scheme://host[:port]` of it. */
  readonly origin: string;
};

const hasScheme = (text: string): boolean => /^[a-z][a-z0-9+.-]*:\/\//i.test(text);

/**
 * The service or index that HOST names: `host`, `host:port`, with a path, or a URL. A bare name means https, on this
 * machine (`localhost`, `127.0.0.1`) http. Throws `ProtocolError` (`invalid-url`).
 */
export const parseTarget = (text: string): Target => {
  const bareLoopback = !hasScheme(text) && isLoopback(`http://${text}`);
  const url = normalizeService(bareLoopback ? `http://${text}` : text);
  return { url, origin: new URL(url).origin };
};

/** Throws `ProtocolError` (`insecure-url`) when a login would travel unencrypted to another machine (LF26). */
export const requireSecureTarget = (target: Target): void => requireSecure(target.url);
