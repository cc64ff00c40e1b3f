import { createHash } from 'node:crypto';
import type { Context, HttpRequest, HttpResponse, KeyringAnswer, KeyringRequest } from 'pkgauth';

export type FakeContextOptions = {
  env?: Record<string, string>;
  platform?: Context['platform'];
  /** Default `/home/user`; `null` for a user without a home directory. */
  home?: string | null;
  /** Start of the clock, milliseconds since the Unix epoch. */
  now?: number;
  interactive?: boolean;
  /** Files that exist at the beginning, by absolute path. */
  files?: Record<string, string>;
  /** The network: what answers a request. Default: nothing listens. */
  respond?: (request: HttpRequest) => Partial<HttpResponse> | Promise<Partial<HttpResponse>>;
  /** What is typed at prompts, in order. */
  answers?: string[];
  stdin?: string;
  /** How the keyring behaves; default `absent`. */
  keyring?: 'working' | Exclude<KeyringAnswer['state'], 'done' | 'none'>;
};

/** A context in memory, with everything that it was asked to do on record. */
export type FakeContext = Context & {
  readonly fileContents: Map<string, string>;
  readonly requests: HttpRequest[];
  readonly stdout: string[];
  readonly stderr: string[];
  readonly warnings: string[];
  readonly openedUrls: string[];
  readonly keyringEntries: Map<string, string>;
  readonly keyringRequests: KeyringRequest[];
  /** Moves the clock; negative values set it back. */
  advance(milliseconds: number): void;
};

const fakeFiles = (contents: Map<string, string>): Context['files'] => {
  const held = new Set<string>();
  return {
    read: async (path) => contents.get(path),
    write: async (path, content) => void contents.set(path, content),
    remove: async (path) => contents.delete(path),
    list: async (directory) => {
      const below = [...contents.keys()].filter((path) => path.startsWith(`${directory}/`));
      return [...new Set(below.map((path) => path.slice(directory.length + 1).split('/')[0] ?? ''))];
    },
    withLock: async (path, _limit, work, instead) => {
      while (held.has(path)) {
        const answer = await instead?.();
        if (answer !== undefined) return answer;
        await new Promise((resolve) => setImmediate(resolve));
      }
      held.add(path);
      try {
        return await work();
      } finally {
        held.delete(path);
      }
    },
  };
};

const fakeKeyring = (
  behaviour: FakeContextOptions['keyring'],
  entries: Map<string, string>,
  requests: KeyringRequest[],
): Context['keyring'] => ({
  ask: async (request) => {
    requests.push(request);
    if (behaviour !== 'working') return { state: behaviour ?? 'absent', detail: 'as the test wants it' };
    const secret = entries.get(request.account);
    if (request.operation === 'set') {
      entries.set(request.account, request.secret);
      return { state: 'done' };
    }
    if (secret === undefined) return { state: 'none' };
    if (request.operation === 'delete') entries.delete(request.account);
    return { state: 'done', ...(request.operation === 'get' ? { secret } : {}) };
  },
});

/** Reproducible bytes, different at each call. */
const countingBytes = (): ((length: number) => Uint8Array) => {
  let calls = 0;
  return (length) => {
    calls += 1;
    return createHash('shake256', { outputLength: length }).update(`random ${calls}`).digest();
  };
};

type Records = Pick<FakeContext, 'stdout' | 'stderr' | 'warnings' | 'openedUrls' | 'requests'>;

const fakeTerminal = (options: FakeContextOptions, records: Records): Context['terminal'] => {
  const answers = [...(options.answers ?? [])];
  return {
    interactive: options.interactive ?? false,
    color: false,
    out: (text) => void records.stdout.push(text),
    err: (text) => void records.stderr.push(text),
    prompt: async (question) => {
      records.stderr.push(question);
      const answer = answers.shift();
      if (answer === undefined) throw new Error(`nobody answers the prompt: ${question}`);
      return answer;
    },
    readStdin: async (limit) => (options.stdin ?? '').slice(0, limit),
  };
};

const fakeHttp = (options: FakeContextOptions, records: Records): Context['http'] => ({
  send: async (request) => {
    records.requests.push(request);
    const answer = (await options.respond?.(request)) ?? { status: 599, reason: 'Nothing Listens' };
    return { status: 200, reason: '', headers: {}, body: '', ...answer };
  },
});

/** A context for tests: files, network, clock, terminal and keyring in memory; sleeping moves the clock at once. */
export const fakeContext = (options: FakeContextOptions = {}): FakeContext => {
  const records: Records = { stdout: [], stderr: [], warnings: [], openedUrls: [], requests: [] };
  const home = options.home === null ? undefined : (options.home ?? '/home/user');
  const fileContents = new Map(Object.entries(options.files ?? {}));
  const keyringEntries = new Map<string, string>();
  const keyringRequests: KeyringRequest[] = [];
  let time = options.now ?? Date.UTC(2026, 10, 23);
  return {
    ...records,
    fileContents,
    keyringEntries,
    keyringRequests,
    advance: (milliseconds) => {
      time += milliseconds;
    },
    env: { ...(home === undefined ? {} : { HOME: home }), ...options.env },
    platform: options.platform ?? 'linux',
    home,
    cwd: home ?? '/',
    now: () => time,
    randomBytes: countingBytes(),
    sha256: (bytes) => createHash('sha256').update(bytes).digest(),
    sleep: async (milliseconds, signal) => {
      signal?.throwIfAborted();
      time += milliseconds;
      await new Promise((resolve) => setImmediate(resolve));
    },
    warn: (message) => void records.warnings.push(message),
    files: fakeFiles(fileContents),
    http: fakeHttp(options, records),
    terminal: fakeTerminal(options, records),
    processes: {
      run: async () => ({ code: 127, stdout: '', stderr: '', timedOut: false }),
      openBrowser: async (url) => {
        records.openedUrls.push(url);
        return true;
      },
    },
    keyring: fakeKeyring(options.keyring, keyringEntries, keyringRequests),
  };
};
