import type { SigningAlgorithm } from '../model.ts';

/** JWKs as JSON text; `kid` is the RFC 7638 thumbprint. */
export type GeneratedKey = { kid: string; privateJwk: string; publicJwk: string };

/** Signatures over access tokens: compact JWS with the one header `{"alg":"ES256","typ":"at+jwt","kid":…}`. */
export type Jws = {
  generate(algorithm: SigningAlgorithm): Promise<GeneratedKey>;
  signer(kid: string, privateJwk: string): (payload: Record<string, unknown>) => string;
  verifier(kid: string, publicJwk: string): JwsVerifier;
};

export type JwsVerifier = {
  /** The only header segment that this key's tokens have; any other header is somebody else's. */
  readonly header: string;
  /**
   * The payload of a token with that header and this key's signature, `undefined` for any other text. Synchronous,
   * because it stands on the gateway's hot path.
   */
  verify(token: string): Record<string, unknown> | undefined;
};
