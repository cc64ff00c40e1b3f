/**
 * The outside world in one object. Everything impure that the client does goes through it, so that a test can put
 * a fake in the place of each member and nothing else needs `process`, `Date`, `fetch` or `node:*`.
 */
export type Context = {
  /** Environment variables as given; never changed. */
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
  readonly files: Files;
  readonly http: Http;
  readonly terminal: Terminal;
  readonly processes: Processes;
};

/** File access with the guarantees that credential files need. */
export type Files = {
  /** Content, or undefined when absent. Refuses what is not a regular file or larger than 5 MiB (CS13). */
  read(path: string): Promise<string | undefined>;
  /** Atomic replacement: temporary file 0600 in the same directory, fsync, rename; follows symlinks (CS01, CS11, CS12). */
  write(path: string, content: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Runs `work` holding an exclusive flock(2) on `path`, waiting at most `limit` milliseconds (CS09, CS10). */
  withLock<T>(path: string, limit: number, work: () => Promise<T>): Promise<T>;
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
export type HttpResponse = { status: number; reason: string; headers: Record<string, string>; body: string };

/** Bounded HTTP: no redirect is followed, bodies are cut at 1 MiB, proxies and custom CAs are honoured (LF15, LF19). */
export type Http = { send(request: HttpRequest): Promise<HttpResponse> };

export type Terminal = {
  readonly interactive: boolean;
  readonly color: boolean;
  /** Answers only: stdout. */
  out(text: string): void;
  /** Everything else: stderr, with control characters escaped. */
  err(text: string): void;
  /** Asks on the terminal; rejects when there is none. */
  prompt(question: string, options?: { secret?: boolean }): Promise<string>;
  readStdin(limit: number): Promise<string>;
};

export type ProcessResult = { code: number | null; stdout: string; stderr: string; timedOut: boolean };
export type Processes = {
  /** Runs a program without a shell; killed with SIGKILL after `timeout` milliseconds. */
  run(command: string, args: readonly string[], options?: { input?: string; timeout?: number; env?: Record<string, string> }): Promise<ProcessResult>;
  /** Opens an http(s) URL in the user's browser; false when no opener worked. */
  openBrowser(url: string): Promise<boolean>;
};
