import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pythonTool } from '@pkgauth/testkit';
import { emptyHome } from '../interop/support/home.ts';
import { startService } from '../interop/support/service.ts';
import { inTurn, median, ratio } from './measure.ts';
import type { Table } from './report.ts';

const cli = resolve(import.meta.dirname, '../packages/client/dist/cli.cjs');

/** How long the programs take that clients start for every look-up: whole processes, wall clock and CPU. */
export async function benchStartUp({ rounds }: { rounds: number }): Promise<Table> {
  await using service = await startService();
  using home = emptyHome();
  const bin = join(home.path, 'bin');
  await home.run(
    '/bin/sh',
    ['-c', 'printf %s "$KEY" | "$@"', 'sh', process.execPath, cli, 'login', service.url, '--token-stdin'],
    { KEY: await service.apiKey() },
  );
  await home.run(process.execPath, [cli, 'setup', 'keyring', '--dir', bin]);
  const uvStore = join(home.path, 'uv-store');
  mkdirSync(uvStore);
  writeFileSync(
    join(uvStore, 'credentials.toml'),
    `[[credential]]\nservice = "${service.url}/"\nusername = "__token__"\nscheme = "basic"\npassword = "x"\n`,
    { mode: 0o600 },
  );
  const run =
    (command: string, args: string[], extra: Record<string, string> = {}) =>
    async () =>
      time(command, args, { ...home.env, ...extra });
  const contestants = {
    'bare node -e 0': run(process.execPath, ['-e', '0']),
    'pkgauth helper keyring get': run(process.execPath, [
      cli,
      'helper',
      'keyring',
      'get',
      service.url,
      '__token__',
    ]),
    'keyring get (our stand-in, as pip starts it)': run(join(bin, 'keyring'), [
      'get',
      service.url,
      '__token__',
    ]),
    'pkgauth token': run(process.execPath, [cli, 'token', service.url]),
    'uv auth token (0.13.9, text store)': run(pythonTool('uv-0.13.9', 'uv'), ['auth', 'token', service.url], {
      UV_CREDENTIALS_DIR: uvStore,
    }),
    'python keyring get (25.7, null backend: finds nothing)': run(
      pythonTool('keyring', 'keyring'),
      ['get', 'service', 'user'],
      { PYTHON_KEYRING_BACKEND: 'keyring.backends.null.Keyring' },
    ),
  };
  const measured = await inTurn(rounds, contestants);
  const bare = measured['bare node -e 0'] ?? [];
  return {
    title: 'Start-up: whole processes, a warm file store, no network',
    head: ['command', 'wall ms', 'CPU ms', 'wall against bare Node', 'CPU against bare Node'],
    rows: Object.entries(measured).map(([name, times]) => [
      name,
      median(times.map(({ wall }) => wall)).toFixed(0),
      median(times.map(({ cpu }) => cpu)).toFixed(0),
      ratio(
        times.map(({ wall }) => wall),
        bare.map(({ wall }) => wall),
      ).toFixed(2),
      ratio(
        times.map(({ cpu }) => cpu),
        bare.map(({ cpu }) => cpu),
      ).toFixed(2),
    ]),
  };
}

function time(command: string, args: string[], env: Record<string, string>): { wall: number; cpu: number } {
  const started = performance.now();
  const result = spawnSync(
    '/bin/sh',
    ['-c', '"$@"; status=$?; times >&2; exit $status', 'sh', command, ...args],
    { env, encoding: 'utf8' },
  );
  const wall = performance.now() - started;
  if (
    (result.stdout === '' && result.status === 0 && !args.includes('-e')) ||
    result.stderr.includes('Error')
  )
    throw new Error(`${[command, ...args].join(' ')} answered nothing: ${result.stderr}`);
  return { wall, cpu: childCpu(result.stderr) };
}

/** The second line of the shell's `times`: user and system time of what it ran. */
function childCpu(stderr: string): number {
  const [last = ''] = stderr.trim().split('\n').slice(-1);
  return [...last.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1000,
    0,
  );
}
