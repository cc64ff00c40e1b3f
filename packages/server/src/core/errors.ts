/** What can be wrong with a credential; the wire form of each stands in `http/errors.ts`. */
export type CredentialProblem = 'missing' | 'malformed' | 'unknown' | 'expired' | 'revoked' | 'disabled';

export const serviceErrorCodes = [
  'invalid-request',
  'method-not-allowed',
  'invalid-grant',
  'unauthenticated',
  'credential-malformed',
  'credential-unknown',
  'credential-expired',
  'credential-revoked',
  'forbidden',
  'subscription-ended',
  'not-found',
  'conflict',
  'too-large',
  'rate-limited',
  'unsupported-media-type',
  'unavailable',
  'upstream-failed',
  'upstream-timeout',
  'not-acceptable',
] as const;
export type ServiceErrorCode = (typeof serviceErrorCodes)[number];

/**
 * An error of the service that a client may be told. `message` is one sentence for people and reaches the wire;
 * `cause` never does.
 */
export class ServiceError extends Error {
  readonly code: ServiceErrorCode;
  /** Seconds, for `rate-limited` and `unavailable`. */
  readonly retryAfter: number | undefined;
  constructor(code: ServiceErrorCode, message: string, options: ErrorOptions & { retryAfter?: number } = {}) {
    super(message, options);
    this.name = 'ServiceError';
    this.code = code;
    this.retryAfter = options.retryAfter;
  }
}
