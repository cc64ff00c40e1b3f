import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Keyring, KeyringAnswer, KeyringRequest } from '../context.ts';

type Env = Readonly<Record<string, string | undefined>>;

export type KeyringEnvironment = {
  readonly env: Env;
  readonly platform: string;
  /** User id, for the place of the session bus; undefined on Windows. */
  readonly user: number | undefined;
  /** Milliseconds that one request may take. */
  readonly limit: number;
};

/** Milliseconds after which a child that nobody asks is ended; for programs that run long. */
const idleLimit = 2000;

/** A loaded machine may be slow to start a process; a keyring that hangs does so only when it is asked. */
const startLimit = 15_000;

/** Beside this module in the sources and in the compiled package; one folder down from the bundled command line tool. */
const childFile = (): string => {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const places = [`./keyring-child.${extension}`, './context/keyring-child.js'];
  const found = places.map((place) => fileURLToPath(new URL(place, import.meta.url))).find(existsSync);
  return found ?? fileURLToPath(new URL(places[0] ?? '', import.meta.url));
};

/** Whether there can be a Secret Service at all; spares the child process in containers and over SSH. */
const hasSessionBus = ({ env, platform, user }: KeyringEnvironment): boolean => {
  if (platform !== 'linux') return true;
  const address = env.DBUS_SESSION_BUS_ADDRESS ?? '';
  const socket = /^unix:path=([^,;]+)[^;]*$/.exec(address)?.[1];
  if (socket !== undefined) return existsSync(socket);
  if (address !== '' || env.DISPLAY) return true;
  return existsSync(`${env.XDG_RUNTIME_DIR || `/run/user/${user}`}/bus`);
};

const absent: KeyringAnswer = { state: 'absent', detail: 'there is no D-Bus session' };
const hanging: KeyringAnswer = { state: 'hanging', detail: 'the keyring did not answer' };

type Child = {
  /** The next line of its output; rejects when it ends or keeps silent for `limit` milliseconds. */
  line(limit: number): Promise<string>;
  send(request: KeyringRequest): void;
  kill(): void;
};

const lineReader = (process: ChildProcessWithoutNullStreams): Child['line'] => {
  let text = '';
  let settle: { line(text: string): void; fail(error: Error): void } | undefined;
  const deliver = (): void => {
    const end = text.indexOf('\n');
    if (end < 0 || settle === undefined) return;
    settle.line(text.slice(0, end));
    text = text.slice(end + 1);
  };
  process.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    deliver();
  });
  const fail = (): void => settle?.fail(new Error('the keyring process ended'));
  process.once('error', fail).once('exit', fail);
  return async (limit) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const timer = setTimeout(() => reject(new Error('timed out')), limit);
    settle = { line: resolve, fail: reject };
    deliver();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      settle = undefined;
    }
  };
};

const killers = new Set<() => void>();
const killAll = (): void => {
  for (const kill of killers) kill();
};

/** A child ends by itself at the end of its input, unless it hangs. */
const killAtExit = (child: ChildProcessWithoutNullStreams, kill: () => void): void => {
  if (killers.size === 0) process.once('exit', killAll);
  killers.add(kill);
  child.once('exit', () => killers.delete(kill));
};

const startChild = async (env: Env): Promise<Child> => {
  const { spawn } = await import('node:child_process');
  // NODE_OPTIONS could make it print, wait for a debugger or load foreign modules.
  const child = spawn(process.execPath, [childFile()], {
    env: { ...env, NODE_OPTIONS: '' },
    stdio: ['pipe', 'pipe', 'ignore'],
    windowsHide: true,
  }) as unknown as ChildProcessWithoutNullStreams;
  child.stdin.on('error', () => undefined);
  const kill = (): void => void child.kill('SIGKILL');
  killAtExit(child, kill);
  // The pending timer keeps this process alive while an answer is awaited; an idle child must not.
  child.unref();
  for (const pipe of [child.stdin, child.stdout]) (pipe as unknown as { unref(): void }).unref();
  return {
    line: lineReader(child),
    send: (request) => child.stdin.write(`${JSON.stringify(request)}\n`),
    kill,
  };
};

const isFinal = ({ state }: KeyringAnswer): boolean =>
  state === 'absent' || state === 'locked' || state === 'hanging';

/**
 * The operating system's keyring through one child process, started at the first request and used for all of this run's.
 * A verdict that will not change (absent, locked, hanging) is remembered: nobody waits or is prompted twice.
 */
export const childKeyring = (environment: KeyringEnvironment): Keyring => {
  let child: Child | undefined;
  let idle: NodeJS.Timeout | undefined;
  let verdict: KeyringAnswer | undefined;
  let queue: Promise<unknown> = Promise.resolve();

  const endChild = (): void => {
    child?.kill();
    child = undefined;
  };

  const begin = async (): Promise<Child> => {
    child = await startChild(environment.env);
    await child.line(startLimit);
    return child;
  };

  const perform = async (request: KeyringRequest): Promise<KeyringAnswer> => {
    if (verdict !== undefined) return verdict;
    if (!hasSessionBus(environment)) return absent;
    let answer: KeyringAnswer;
    clearTimeout(idle);
    try {
      const { send, line } = child ?? (await begin());
      send(request);
      answer = JSON.parse(await line(environment.limit)) as KeyringAnswer;
    } catch {
      endChild();
      answer = hanging;
    }
    idle = setTimeout(endChild, idleLimit).unref();
    if (isFinal(answer)) verdict = answer;
    return answer;
  };

  return {
    ask: (request) => {
      const turn = queue.then(() => perform(request));
      queue = turn;
      return turn;
    },
  };
};
