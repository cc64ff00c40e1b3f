import { isAbsolute } from 'node:path';
import { sanitizeForTerminal } from '@pkgauth/protocol';
import type { Context } from '../context.ts';
import { nodeFiles } from './files.ts';
import { nodeHttp } from './http.ts';
import { childKeyring } from './keyring.ts';
import { nodeLock } from './lock.ts';
import { nodeProcesses } from './processes.ts';
import { nodeTerminal } from './terminal.ts';

export type ContextOptions = {
  /** Settings of the command line by the name of their variable (`PKGAUTH_STORE`), laid over the environment. */
  readonly settings?: Readonly<Record<string, string>>;
  /** `false`: nobody may be asked (`--no-input`). Default true. */
  readonly input?: boolean;
  /** Asked when the first colour is needed. Default: whether stderr is a terminal. */
  readonly color?: () => boolean;
};

const keyringLimit = 3000;

const platformOf = (name: NodeJS.Platform): Context['platform'] =>
  name === 'win32' || name === 'darwin' ? name : 'linux';

/** A home that is unset, empty or relative is none; the password database is asked only when HOME is not set (CS14). */
const homeOf = (env: Context['env'], platform: Context['platform']): string | undefined => {
  const named = platform === 'win32' ? env.USERPROFILE : env.HOME;
  if (named !== undefined) return isAbsolute(named) ? named : undefined;
  try {
    return process.getBuiltinModule('node:os').homedir() || undefined;
  } catch {
    return undefined;
  }
};

const sleep = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted) abort();
  });

const onceOnly = (say: (text: string) => void): ((message: string) => void) => {
  const said = new Set<string>();
  return (message) => {
    if (said.has(message)) return;
    said.add(message);
    say(`pkgauth: ${sanitizeForTerminal(message)}\n`);
  };
};

/** The real outside world. The one place that reads the process's environment, clock and randomness. */
export const createContext = (options: ContextOptions = {}): Context => {
  const env = { ...process.env, ...options.settings };
  const platform = platformOf(process.platform);
  const home = homeOf(env, platform);
  const owner = process.geteuid?.();
  const now = (): number => Date.now();
  const terminal = nodeTerminal({
    input: options.input ?? true,
    color: options.color ?? (() => process.stderr.isTTY === true),
  });
  const warn = onceOnly(terminal.err);
  const random = (length: number): Uint8Array => process.getBuiltinModule('node:crypto').randomBytes(length);
  const withLock = nodeLock({
    platform,
    pid: process.pid,
    get hostname() {
      return process.getBuiltinModule('node:os').hostname();
    },
    now,
    monotonic: () => performance.now(),
    sleep,
    warn,
  });
  return {
    env,
    platform,
    home,
    cwd: process.cwd(),
    now,
    randomBytes: random,
    sha256: (bytes) => process.getBuiltinModule('node:crypto').hash('sha256', bytes, 'buffer'),
    sleep,
    warn,
    files: nodeFiles({ owner, home, randomBytes: random, warn, withLock }),
    http: nodeHttp(env),
    terminal,
    processes: nodeProcesses(env, platform),
    keyring: childKeyring({ env, platform, user: owner, limit: keyringLimit }),
  };
};
