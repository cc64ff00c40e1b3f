import { join, resolve } from 'node:path';
import { type RunningProcess, run, startProcess } from '@pkgauth/testkit';

const server = join(resolve(import.meta.dirname, '../..'), 'packages/server');
export const fromSource = ['--disable-warning=ExperimentalWarning', '--conditions=@pkgauth/source'];

/** One process of the service, which can be ended and brought up again on the same data and port. */
export type ServiceNode = AsyncDisposable & {
  url: string;
  data: string;
  pid(): number;
  /** Everything that the service wrote to stdout and stderr. */
  log(): string;
  /** Runs `pkgauth-server admin --json …` beside the service; answers its JSON object. */
  admin(args: readonly string[], input?: string): Promise<Record<string, unknown>>;
  /** Ends the process with the signal and waits; `start` brings it up again on the same data and port. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  start(): Promise<void>;
};

export type NodeOptions = {
  data: string;
  port: number;
  cwd: string;
  args?: readonly string[];
  /** Laid over the test's own environment, for the service and its administration. */
  env?: Record<string, string>;
  /** Whether to run what `npm test` built, which starts in a third of the time, for whoever starts it often. */
  built?: boolean;
};

/** Starts the service on a loopback port and waits until it is ready. */
export async function startNode(options: NodeOptions): Promise<ServiceNode> {
  const { data, port, cwd, args = [], env = {}, built = false } = options;
  const program = built ? [join(server, 'dist/main.js')] : [...fromSource, join(server, 'src/main.ts')];
  const url = `http://127.0.0.1:${port}`;
  const environment = Object.fromEntries(
    Object.entries({ ...process.env, ...env }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
  let earlier = '';
  let running: RunningProcess | undefined;
  const log = () => earlier + (running === undefined ? '' : running.stdout + running.stderr);
  const node: ServiceNode = {
    url,
    data,
    log,
    pid: () => running?.pid ?? 0,
    async admin(words, input = '') {
      const call = [...program, 'admin', '--data', data, '--json', ...words];
      const result = await run(process.execPath, call, { input, cwd, env: environment });
      if (result.code !== 0) throw new Error(`admin ${words.join(' ')}: ${result.code}: ${result.stderr}`);
      return JSON.parse(result.stdout) as Record<string, unknown>;
    },
    async start() {
      const call = [...program, 'serve', '--data', data, '--port', String(port), ...args];
      for (let attempt = 1; ; attempt++) {
        earlier = log();
        running = await startProcess(process.execPath, call, { cwd, env: environment });
        const ready = await untilReady(url, running).catch((error: Error) => error);
        if (ready === undefined) return;
        // While the service was away, any outgoing connection of the machine may have got its port.
        if (attempt === 20 || !running.stderr.includes('EADDRINUSE')) throw ready;
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    },
    async stop(signal = 'SIGTERM') {
      if (running === undefined) return;
      process.kill(running.pid, signal);
      await running.ended;
    },
    async [Symbol.asyncDispose]() {
      await running?.[Symbol.asyncDispose]();
    },
  };
  await node.start();
  return node;
}

async function untilReady(url: string, running: RunningProcess): Promise<void> {
  let over = false;
  void running.ended.then(() => {
    over = true;
  });
  for (let attempt = 0; attempt < 600 && !over; attempt++) {
    const ready = await fetch(`${url}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the service did not become ready:\n${running.stdout}${running.stderr}`);
}
