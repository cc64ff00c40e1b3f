import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export type ProcessOptions = {
  /** The whole environment; the test's own when absent. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
  /** Written to stdin, which is then closed; without it stdin is empty. */
  readonly input?: string | Uint8Array | undefined;
  /** Milliseconds until the whole process group is killed; 60,000 when absent. */
  readonly timeout?: number | undefined;
};

export type ProcessResult = {
  /** Null when a signal ended the process. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
};

export type RunningProcess = AsyncDisposable & {
  readonly pid: number;
  /** What it wrote so far. */
  readonly stdout: string;
  readonly stderr: string;
  /** Settles when the process has ended and its output is complete; never rejects. */
  readonly ended: Promise<ProcessResult>;
  /** The first match of `pattern` in stdout or stderr, waited for up to `timeout` (30,000) ms. */
  waitFor(pattern: RegExp, timeout?: number): Promise<RegExpExecArray>;
  /** Signals the process alone. */
  signal(name: NodeJS.Signals): void;
  /** Kills the process and everything it started. */
  kill(): Promise<ProcessResult>;
};

/**
 * Runs a program to its end, without a shell, and kills whatever it leaves running in its process group.
 * Any exit code is an answer; rejects when the program cannot be started or exceeds its time.
 */
export async function run(
  command: string,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<ProcessResult> {
  const { timeout = 60_000 } = options;
  const running = await startProcess(command, args, options);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    killGroup(running.pid);
  }, timeout);
  const result = await running.ended;
  clearTimeout(timer);
  if (late)
    throw new Error(
      `${describeCommand(command, args)} did not end within ${timeout} ms\n${transcript(result)}`,
    );
  return result;
}

/** Starts a program in its own process group and leaves it running; `await using` kills it at the end of the test. */
export async function startProcess(
  command: string,
  args: readonly string[],
  options: Omit<ProcessOptions, 'timeout'> = {},
): Promise<RunningProcess> {
  const child = spawn(command, args, {
    env: options.env ?? process.env,
    cwd: options.cwd,
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const output = collectOutput(child);
  const ended = waitForEnd(child, output);
  await once(child, 'spawn');
  // A program may end without reading what it was given; that is its right and no error of the test.
  child.stdin?.on('error', () => {});
  child.stdin?.end(options.input);
  return runningProcess(describeCommand(command, args), child, output, ended);
}

type Output = { readonly text: { stdout: string; stderr: string }; readonly changed: EventTarget };

function runningProcess(
  what: string,
  child: ChildProcess,
  output: Output,
  ended: Promise<ProcessResult>,
): RunningProcess {
  const pid = child.pid ?? 0;
  const kill = () => {
    killGroup(pid);
    return ended;
  };
  return {
    pid,
    get stdout() {
      return output.text.stdout;
    },
    get stderr() {
      return output.text.stderr;
    },
    ended,
    waitFor: (pattern, timeout = 30_000) => waitForOutput(what, output, ended, pattern, timeout),
    signal: (name) => void child.kill(name),
    kill,
    [Symbol.asyncDispose]: async () => void (await kill()),
  };
}

function collectOutput(child: ChildProcess): Output {
  const output: Output = { text: { stdout: '', stderr: '' }, changed: new EventTarget() };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8');
    child[name]?.on('data', (chunk: string) => {
      output.text[name] += chunk;
      output.changed.dispatchEvent(new Event('output'));
    });
  }
  return output;
}

function waitForEnd(child: ChildProcess, output: Output): Promise<ProcessResult> {
  return new Promise((resolve) => {
    // A daemon left behind would hold the pipes open: what outlives the program goes with it.
    child.on('exit', () => killGroup(child.pid ?? 0));
    child.on('close', (code, signal) => resolve({ code, signal, ...output.text }));
  });
}

async function waitForOutput(
  what: string,
  output: Output,
  ended: Promise<ProcessResult>,
  pattern: RegExp,
  timeout: number,
): Promise<RegExpExecArray> {
  const match = () => pattern.exec(output.text.stdout) ?? pattern.exec(output.text.stderr);
  const deadline = AbortSignal.timeout(timeout);
  const over = Promise.race([ended.then(() => 'ended'), once(deadline, 'abort').then(() => 'timeout')]);
  for (;;) {
    const change = once(output.changed, 'output');
    const found = match();
    if (found) return found;
    const event = await Promise.race([change, over]);
    if (typeof event !== 'string') continue;
    const last = match();
    if (last) return last;
    const how = event === 'ended' ? 'ended without printing' : `did not within ${timeout} ms print`;
    throw new Error(`${what} ${how} ${pattern}\n${transcript(output.text)}`);
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group is gone already.
  }
}

function describeCommand(command: string, args: readonly string[]): string {
  return [command, ...args].join(' ');
}

function transcript({ stdout, stderr }: { stdout: string; stderr: string }): string {
  return `stdout: ${stdout}\nstderr: ${stderr}`;
}
