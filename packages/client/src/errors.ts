/**
 * What a failure means to a script: the exit code of each error code. 1 failed · 2 usage · 3 nothing found · 4 login
 * needed · 5 credential refused · 6 store unavailable or locked · 7 network or TLS · 8 not allowed · 130 interrupted.
 */
export const exitCodes = {
  failed: 1,
  usage: 2,
  /** A credential would travel unencrypted to another machine. */
  'insecure-url': 2,
  'not-found': 3,
  /** No login, or one that only a new login can replace. */
  'login-needed': 4,
  /** The server knows the credential and says no. */
  'credential-refused': 5,
  /** The store cannot be asked at all: no keyring service, no directory, no space, no permission. */
  'store-unavailable': 6,
  /** The keyring is locked and was not unlocked. */
  'store-locked': 6,
  /** What the store holds cannot be understood; it is left as it is. */
  'store-corrupt': 6,
  /** The store's format cannot hold this kind of credential. */
  'store-unsuited': 6,
  /** Another program held a lock for longer than the limit. */
  'lock-timeout': 6,
  network: 7,
  /** The server took longer than the limit. */
  timeout: 7,
  tls: 7,
  /** An answer that is not what the protocol promises: HTML, empty, too long. */
  'bad-response': 7,
  'not-allowed': 8,
  interrupted: 130,
} as const satisfies Record<string, number>;

export type ClientErrorCode = keyof typeof exitCodes;

export type ClientErrorOptions = {
  /** The one command or setting that fixes it. */
  hint?: string | undefined;
  cause?: unknown;
};

/**
 * The one error of this package: `message` for people (lower case, no period, never a secret), `code` for programs, `hint`
 * for the next step. Control characters of foreign text are escaped where it is printed, not here.
 */
export class ClientError extends Error {
  readonly code: ClientErrorCode;
  readonly hint: string | undefined;

  constructor(code: ClientErrorCode, message: string, options: ClientErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ClientError';
    this.code = code;
    this.hint = options.hint;
  }

  /** Exit code of the command line tool for this error. */
  get exitCode(): number {
    return exitCodes[this.code];
  }
}
