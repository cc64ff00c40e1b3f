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

export type StartupErrorCode = 'secret-unusable' | 'secret-wrong' | 'data-in-use';

/** Why the service cannot start with the key or the data directory that it was given. */
export class StartupError extends Error {
  readonly code: StartupErrorCode;
  readonly hint: string | undefined;
  constructor(code: StartupErrorCode, message: string, options: ErrorOptions & { hint?: string } = {}) {
    super(message, options);
    this.name = 'StartupError';
    this.code = code;
    this.hint = options.hint;
  }
}

const problemCodes = {
  missing: 'unauthenticated',
  malformed: 'credential-malformed',
  unknown: 'credential-unknown',
  expired: 'credential-expired',
  revoked: 'credential-revoked',
  disabled: 'credential-revoked',
} as const satisfies Record<CredentialProblem, ServiceErrorCode>;

/** The error that says what is wrong with a credential. */
export function credentialError(problem: CredentialProblem, message: string): ServiceError {
  return new ServiceError(problemCodes[problem], message);
}
