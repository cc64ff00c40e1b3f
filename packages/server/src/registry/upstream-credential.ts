import { ServiceError } from '../core/errors.ts';
import type { Registry } from '../core/model.ts';
import type { Crypto } from '../core/ports/index.ts';

/** What `Crypto.seal` binds the sealed credential to: it opens for this registry only. */
export function upstreamCredentialContext(registryId: string): string {
  return `upstream-credential:${registryId}`;
}

/**
 * The `Authorization` value of an upstream credential as administrators write it: `user:password`, a bare token
 * (Bearer), or a whole value beginning with `Basic ` or `Bearer `.
 */
export function upstreamAuthorization(credential: string): string {
  const text = credential.trim();
  if (!/^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(text)) {
    throw new ServiceError('invalid-request', 'an upstream credential is one line of printable ASCII');
  }
  if (/^(?:Basic|Bearer) /i.test(text)) return text;
  return text.includes(':') ? `Basic ${Buffer.from(text).toString('base64')}` : `Bearer ${text}`;
}

/** The registry's own `Authorization` value for its upstream, if it has one. */
export function openUpstreamCredential(registry: Registry, crypto: Crypto): string | undefined {
  if (registry.sealedUpstreamCredential === null) return undefined;
  return upstreamAuthorization(
    crypto.open(registry.sealedUpstreamCredential, upstreamCredentialContext(registry.id)),
  );
}
