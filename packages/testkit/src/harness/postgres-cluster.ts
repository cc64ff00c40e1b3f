import { spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { partPath } from './parts.ts';
import { run } from './process.ts';

// A crash of a throw-away cluster loses nothing, and its restarts are never measured.
const settings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '200',
  shared_buffers: '64MB',
  listen_addresses: '127.0.0.1',
  log_min_messages: 'fatal',
} as const;

// Ends the cluster (SIGQUIT: at once) when the process that wanted it has died without doing so.
const watchdog = `while kill -0 "$1" 2>/dev/null; do sleep 1; done
kill -QUIT "$(head -n 1 "$2/data/postmaster.pid")" 2>/dev/null; rm -rf "$2"`;

/**
 * Makes and starts a PostgreSQL cluster on a free port of 127.0.0.1, without passwords, that lives until
 * `stopCluster(folder)` or until the process `owner` is gone.
 * @returns the URL of its database `postgres`.
 */
export async function startCluster(folder: string, owner: number): Promise<string> {
  const bin = partPath('postgres');
  const account = await serverAccount();
  const data = join(folder, 'data');
  prepareFolder(folder, account);
  const as = (program: string, args: string[]) => runAs(account, join(bin, program), args);
  await as('initdb', ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']);
  const url = await startOnFreePort(async (port) => {
    const options = Object.entries({ ...settings, port, unix_socket_directories: folder });
    const flags = options.map(([name, value]) => `-c ${name}=${value}`).join(' ');
    await as('pg_ctl', ['start', '-w', '-s', '-D', data, '-l', join(folder, 'log'), '-o', flags]);
  });
  spawn('sh', ['-c', watchdog, 'sh', `${owner}`, folder], {
    detached: true,
    stdio: 'ignore',
    cwd: '/',
  }).unref();
  return url;
}

/** Stops the cluster in `folder`, if one was started there, and removes the folder. */
export async function stopCluster(folder: string): Promise<void> {
  if (existsSync(join(folder, 'data'))) {
    const args = ['stop', '-D', join(folder, 'data'), '-m', 'immediate', '-s'];
    await runAs(await serverAccount(), join(partPath('postgres'), 'pg_ctl'), args).catch(() => {});
  }
  rmSync(folder, { recursive: true, force: true });
}

type Account = { readonly uid: number; readonly gid: number } | undefined;

// PostgreSQL refuses to run as root; Debian's package brings the account for it.
async function serverAccount(): Promise<Account> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, 'postgres'])));
  return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) };
}

function prepareFolder(folder: string, account: Account): void {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o700);
  if (account) chownSync(folder, account.uid, account.gid);
}

async function startOnFreePort(start: (port: number) => Promise<void>): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    try {
      await start(port);
      return `postgresql://postgres@127.0.0.1:${port}/postgres`;
    } catch (error) {
      // Somebody else may have taken the port in the meantime.
      if (attempt === 3) throw error;
    }
  }
}

async function runAs(account: Account, program: string, args: string[]): Promise<void> {
  const [command, all] = account ? ['runuser', ['-u', 'postgres', '--', program, ...args]] : [program, args];
  const result = await run(command, all, { cwd: '/' });
  if (result.code !== 0) throw new Error(`${program} failed\n${result.stdout}${result.stderr}`);
}
