import { join, resolve } from 'node:path';
import { freePort, type RunningProcess, run, startProcess, temporaryDirectory } from '@pkgauth/testkit';

const checkout = resolve(import.meta.dirname, '../..');
const serverEntry = join(checkout, 'packages/server/src/main.ts');
const clientEntry = join(checkout, 'packages/client/src/cli/main.ts');
const fromSource = ['--disable-warning=ExperimentalWarning', '--conditions=@pkgauth/source'];

/** A running service of the product with an organization `acme`: owner, hosted registry, mirror and default view. */
export type Service = AsyncDisposable & {
  url: string;
  data: string;
  owner: { email: string; password: string };
  pid(): number;
  /** Everything that the service wrote to stdout and stderr. */
  log(): string;
  /** Runs `pkgauth-server admin --json …` beside the service; answers its JSON object. */
  admin(args: readonly string[], input?: string): Promise<Record<string, unknown>>;
  apiKey(options?: { email?: string; organization?: string }): Promise<string>;
  /** Ends the process with the signal and waits; `start` brings it up again on the same data and port. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  start(): Promise<void>;
};

/**
 * Starts the service from the sources on a free loopback port, with its own data directory.
 *
 * @param upstream simple index for `acme/pypi` (view `acme/main`) and for the public `/simple/pypi/`.
 */
export async function startService(
  options: { upstream?: string; args?: readonly string[]; env?: Record<string, string> } = {},
): Promise<Service> {
  const directory = temporaryDirectory();
  const data = join(directory.path, 'data');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const owner = { email: 'owner@example.com', password: 'correct horse battery staple' };
  let earlier = '';
  let running: RunningProcess | undefined;
  const log = () => earlier + (running === undefined ? '' : running.stdout + running.stderr);

  async function admin(args: readonly string[], input = ''): Promise<Record<string, unknown>> {
    const result = await run(
      process.execPath,
      [...fromSource, serverEntry, 'admin', '--data', data, '--json', ...args],
      { input, cwd: directory.path },
    );
    if (result.code !== 0) throw new Error(`admin ${args.join(' ')}: ${result.code}: ${result.stderr}`);
    return JSON.parse(result.stdout) as Record<string, unknown>;
  }

  async function start(): Promise<void> {
    const args = [
      ...fromSource,
      serverEntry,
      'serve',
      '--data',
      data,
      '--port',
      String(port),
      ...(options.args ?? []),
    ];
    const env = Object.fromEntries(
      Object.entries({ ...process.env, ...options.env }).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      ),
    );
    earlier = log();
    running = await startProcess(process.execPath, args, { cwd: directory.path, env });
    await untilReady(url, running);
  }

  async function stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (running === undefined) return;
    process.kill(running.pid, signal);
    await running.ended;
  }

  await start();
  await admin(['user', 'add', owner.email, '--name', 'Olive Owner', '--password-stdin'], owner.password);
  await admin(['org', 'add', 'acme', '--title', 'Acme', '--owner', owner.email]);
  await admin(['registry', 'add', 'acme/packages', '--kind', 'pypi']);
  if (options.upstream !== undefined) {
    await admin(['registry', 'add', 'acme/pypi', '--kind', 'pypi', '--upstream', options.upstream]);
  }
  return {
    url,
    data,
    owner,
    admin,
    start,
    stop,
    log,
    pid: () => running?.pid ?? 0,
    async apiKey({ email = owner.email, organization = 'acme' } = {}) {
      const { key } = await admin([
        'api-key',
        'add',
        '--user',
        email,
        '--org',
        organization,
        '--validity',
        '7',
      ]);
      return key as string;
    },
    async [Symbol.asyncDispose]() {
      await running?.[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}

async function untilReady(url: string, running: RunningProcess): Promise<void> {
  let over = false;
  void running.ended.then(() => {
    over = true;
  });
  for (let attempt = 0; attempt < 300 && !over; attempt++) {
    const ready = await fetch(`${url}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the service did not become ready:\n${running.stdout}${running.stderr}`);
}

/** Runs the client from the sources with an empty home of its own. */
export function pkgauth(
  args: readonly string[],
  options: { home: string; env?: Record<string, string>; input?: string; timeout?: number },
) {
  return run(process.execPath, [...fromSource, clientEntry, ...args], {
    env: { PATH: process.env['PATH'] ?? '', HOME: options.home, ...options.env },
    cwd: options.home,
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
  });
}
