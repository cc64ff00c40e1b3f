#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { adminHelp, runAdmin } from './admin/run.ts';
import { composeAdministration } from './compose.ts';
import { ConfigError, type ConfigSource, loadConfig, optionsHelp } from './config/index.ts';
import { createLog } from './log.ts';
import { startService } from './service.ts';
import { startFailureOf } from './start-failure.ts';

const help = `usage: pkgauth-server serve [OPTIONS]
       pkgauth-server admin [--data DIR] [--json] COMMAND …
       pkgauth-server --help | --version

serve   answer requests
admin   users, organizations, registries, keys (pkgauth-server admin --help)

Options; each has an environment variable PKGAUTH_… and a name in the configuration file:
${optionsHelp()}
`;

/** Exit codes: 0 done, 1 failed, 2 usage or settings, 6 database unavailable or its key wrong. */
async function main(args: readonly string[]): Promise<number> {
  const [word, ...rest] = args;
  const wantsHelp = word === undefined || word === '--help' || word === '-h' || word === 'help';
  if (wantsHelp || (word === 'serve' && rest.includes('--help'))) {
    process.stdout.write(help);
    return word === undefined ? 2 : 0;
  }
  switch (word) {
    case '--version':
    case '-V':
      process.stdout.write(`pkgauth-server ${version()}\n`);
      return 0;
    case 'serve':
      return serve(rest);
    case 'admin':
      return admin(rest);
    default:
      process.stderr.write(
        `pkgauth-server: error: there is no command "${word}"\npkgauth-server: hint: pkgauth-server --help\n`,
      );
      return 2;
  }
}

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

const sourceOf = (args: readonly string[]): ConfigSource => ({
  args,
  env: process.env,
  cwd: process.cwd(),
  readFile: (path) => readFileSync(path, 'utf8'),
});

/** Whoever read our answer has gone (`| head`): nothing is left to be said. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

async function serve(args: readonly string[]): Promise<number> {
  try {
    const { config, rest } = loadConfig(sourceOf(args));
    if (rest.length > 0) throw new ConfigError([`serve does not know ${rest.join(' ')}`]);
    const log = createLog(config.logLevel);
    // One request's fault must not end everybody's service; it is loud in the log instead.
    process.on('uncaughtException', (error) => log.error({ error }, 'uncaught exception'));
    process.on('unhandledRejection', (error) => log.error({ error }, 'unhandled rejection'));
    const service = await startService(config, log);
    // To a parent with a channel to us: where we are. When it goes, we go.
    process.send?.({ listening: service.origin });
    const signal = await Promise.race([nextSignal(), parentGone()]);
    void nextSignal().then(() => process.exit(signal === 'SIGINT' ? 130 : 143));
    const finished = await service.stop();
    if (process.connected) process.disconnect();
    return finished ? 0 : 1;
  } catch (error) {
    return failStart(error);
  }
}

function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal));
  });
}

/** Never, without a parent that has a channel to us. */
function parentGone(): Promise<'SIGTERM'> {
  return new Promise((resolve) => {
    if (process.connected) process.once('disconnect', () => resolve('SIGTERM'));
  });
}

function failStart(error: unknown): number {
  const failure = startFailureOf(error);
  if (failure === undefined) throw error;
  for (const line of failure.message.split('\n')) process.stderr.write(`pkgauth-server: error: ${line}\n`);
  if (failure.hint !== undefined) process.stderr.write(`pkgauth-server: hint: ${failure.hint}\n`);
  return failure.exit;
}

async function admin(args: readonly string[]): Promise<number> {
  if (args.length === 0 || args.includes('--help')) {
    process.stdout.write(adminHelp());
    return args.length === 0 ? 2 : 0;
  }
  return runAdmin(args, {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    readStdin,
    load: (words) => loadConfig(sourceOf(words)),
    open: composeAdministration,
  });
}

/** Bytes; a secret is never near it. */
const longestInput = 64 * 1024;

async function readStdin(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += chunk;
    if (text.length > longestInput) throw new ConfigError(['what came in by stdin is too long for a secret']);
  }
  return text;
}

process.exitCode = await main(process.argv.slice(2));
