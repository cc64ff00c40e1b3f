/**
 * The outside world in one object. Everything impure that the client does goes through it, so that a test can put
 * a fake in the place of each member and nothing else needs `process`, `Date`, `fetch` or `node:*`.
 */
export type Context = {
  /** Environment variables as given, with the command line's settings laid over them; never changed. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: 'linux' | 'darwin' | 'win32';
  /** The user's home directory, or undefined when there is none (CS14). */
  readonly home: string | undefined;
  readonly cwd: string;
  /** Milliseconds since the Unix epoch. */
  now(): number;
  randomBytes(length: number): Uint8Array;
  sha256(bytes: Uint8Array): Uint8Array;
  /** Resolves after `milliseconds`, rejects when `signal` aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** One line for people on stderr, `pkgauth: …`; the same text is said once per process. */
  warn(message: string): void;
  readonly files: Files;
  readonly http: Http;
  readonly terminal: Terminal;
  readonly processes: Processes;
  readonly keyring: Keyring;
};

/** File access with the guarantees that credential files need. Failures are `ClientError`s that name the path. */
export type Files = {
  /**
   * UTF-8 text with any byte order mark, or undefined when absent. Refuses what is not a regular file, not UTF-8 or larger
   * than 5 MiB (CS05, CS13); warns when others may read or write it (CS12, CS23).
   */
  read(path: string): Promise<string | undefined>;
  /**
   * Atomic replacement: temporary file 0600 in the same directory, fsync, rename, fsync of the directory; follows
   * symlinks to the user's own files (CS01, CS02, CS11, CS12). Makes missing directories 0700. Call it under the file's
   * lock: temporary files that it finds there are taken for those of dead writers and swept.
   */
  write(path: string, content: string): Promise<void>;
  /** Answers whether there was something to remove. */
  remove(path: string): Promise<boolean>;
  /** Names in a directory; none when it is absent. */
  list(directory: string): Promise<string[]>;
  /**
   * Runs `work` holding an exclusive flock(2) on `path`, waiting at most `limit` milliseconds (`lock-timeout`), with a
   * notice after one second (CS09). Where flock does not work, an exclusively created lock file stands in (CS10).
   * Not reentrant. `instead` is asked now and then while another program holds the lock: an answer ends the waiting.
   */
  withLock<T>(
    path: string,
    limit: number,
    work: () => Promise<T>,
    instead?: () => Promise<T | undefined>,
  ): Promise<T>;
};

export type HttpRequest = {
  method: 'GET' | 'POST' | 'DELETE' | 'HEAD';
  url: string;
  headers?: Record<string, string>;
  body?: string;
  /** Milliseconds for the whole exchange; default 30,000. */
  timeout?: number;
  signal?: AbortSignal;
};
/** Header names are lower-case; repeated headers are joined by `, `. */
export type HttpResponse = {
  status: number;
  reason: string;
  headers: Record<string, string>;
  body: string;
};

/**
 * Bounded HTTP: no redirect is followed, a body over 1 MiB is an error, proxies and custom CAs are honoured, plain http
 * goes to loopback only (LF15, LF16, LF19, LF26). Throws `network`, `timeout`, `tls`, `bad-response`, `insecure-url`.
 */
export type Http = { send(request: HttpRequest): Promise<HttpResponse> };

export type Terminal = {
  /** Somebody can be asked: a terminal on both ends, and `--no-input` was not given. */
  readonly interactive: boolean;
  readonly color: boolean;
  /** Answers only: stdout. */
  out(text: string): void;
  /** Everything else: stderr. Text of others must have gone through `sanitizeForTerminal`. */
  err(text: string): void;
  /** Asks on the terminal; rejects with `interrupted` on Ctrl-C and with `usage` when nobody can be asked. */
  prompt(question: string, options?: { secret?: boolean }): Promise<string>;
  /** All of stdin as UTF-8, at most `limit` bytes. */
  readStdin(limit: number): Promise<string>;
};

export type ProcessResult = { code: number | null; stdout: string; stderr: string; timedOut: boolean };
export type Processes = {
  /** Runs a program without a shell; killed with SIGKILL after `timeout` milliseconds. */
  run(
    command: string,
    args: readonly string[],
    options?: { input?: string; timeout?: number; env?: Record<string, string> },
  ): Promise<ProcessResult>;
  /** Opens an http(s) URL in the user's browser; false when no opener worked. */
  openBrowser(url: string): Promise<boolean>;
};

/** What can be asked of the operating system's keyring; all of it under one service name. */
export type KeyringRequest =
  | { readonly operation: 'get'; readonly account: string }
  | { readonly operation: 'set'; readonly account: string; readonly secret: string }
  | { readonly operation: 'delete'; readonly account: string };

/**
 * `none`: no such entry. `absent`: there is no keyring service. `locked`: it is there and refuses. `hanging`: it did not
 * answer in time. `ambiguous`: two entries match. `failed`: anything else; `detail` never holds a secret.
 */
export type KeyringAnswer =
  | { readonly state: 'done'; readonly secret?: string }
  | { readonly state: 'none' }
  | { readonly state: 'absent' | 'locked' | 'hanging' | 'ambiguous' | 'failed'; readonly detail: string };

/** The operating system's keyring, asked in a child process that is killed when it does not answer (CS16). */
export type Keyring = { ask(request: KeyringRequest): Promise<KeyringAnswer> };
