import { parseArgs } from 'node:util';
import { redactText } from '@pkgauth/protocol';
import { type Config, ConfigError, type LoadedConfig } from '../config/index.ts';
import { ServiceError, type ServiceErrorCode, StartupError } from '../core/errors.ts';
import { StorageError } from '../core/ports/index.ts';
import { type Administration, type Answer, type Command, type Input, UsageError } from './command.ts';
import { commands } from './index.ts';

/** The outside of one call. */
export type AdminIo = {
  out(text: string): void;
  err(text: string): void;
  /** Everything that is piped in, at most 64 KiB. */
  readStdin(): Promise<string>;
  /** Takes the settings out of the arguments. */
  load(args: readonly string[]): LoadedConfig;
  open(config: Config): Promise<Administration>;
};

/** As product-wide: 1 failed, 2 usage, 3 nothing found, 6 store unavailable, 8 not allowed. */
const exitCodes: Readonly<Partial<Record<ServiceErrorCode, number>>> = {
  'invalid-request': 2,
  'not-found': 3,
  unavailable: 6,
  forbidden: 8,
};

/**
 * Runs one administration command; answers its exit code. With `--json` exactly one JSON object is written to stdout,
 * also for a failure: `{"error":{"code","message"}}`.
 */
export async function runAdmin(args: readonly string[], io: AdminIo): Promise<number> {
  const json = args.includes('--json');
  try {
    const { config, rest } = io.load(args.filter((argument) => argument !== '--json'));
    const { command, input } = parse(rest, io);
    const administration = await io.open(config);
    try {
      write(io, json, await command.run(administration, input));
    } finally {
      await administration.close();
    }
    return 0;
  } catch (error) {
    return fail(io, json, error);
  }
}

function parse(args: readonly string[], io: AdminIo): { command: Command; input: Input } {
  if (args.some((argument) => argument === '--url' || argument.startsWith('--url='))) {
    throw new UsageError(
      'administration over the network is not available in this version; run it where the data directory is, with --data DIR',
    );
  }
  const command = commands.find(({ path }) => path.every((word, at) => args[at] === word));
  if (command === undefined) throw new UsageError(`there is no command "${args.slice(0, 2).join(' ')}"`);
  const usage = `usage: pkgauth-server admin ${[...command.path, command.usage].join(' ').trim()}`;
  try {
    const { values, positionals } = parseArgs({
      args: args.slice(command.path.length),
      options: command.options,
      allowPositionals: true,
      strict: true,
    });
    if (positionals.length !== command.positionals) throw new UsageError(usage);
    return {
      command,
      input: { positionals, values: values as Input['values'], stdin: () => secretFrom(io) },
    };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
}

async function secretFrom(io: AdminIo): Promise<string> {
  const text = (await io.readStdin()).replace(/\r?\n$/, '');
  if (text === '') throw new UsageError('nothing came in by stdin');
  return text;
}

function write(io: AdminIo, json: boolean, answer: Answer): void {
  io.out(json ? `${JSON.stringify(answer.json)}\n` : answer.lines.map((line) => `${line}\n`).join(''));
}

type Failure = { exit: number; code: string; message: string; hint: string | undefined };

function fail(io: AdminIo, json: boolean, error: unknown): number {
  const { exit, code, message, hint } = failureOf(error);
  const safe = redactText(message);
  io.err(`pkgauth-server: error: ${safe}\n`);
  if (hint !== undefined) io.err(`pkgauth-server: hint: ${hint}\n`);
  if (json) io.out(`${JSON.stringify({ error: { code, message: safe } })}\n`);
  return exit;
}

function failureOf(error: unknown): Failure {
  if (error instanceof UsageError)
    return { exit: 2, code: error.code, message: error.message, hint: 'pkgauth-server admin --help' };
  if (error instanceof ConfigError)
    return { exit: 2, code: error.code, message: error.message, hint: error.hint };
  if (error instanceof StorageError) {
    const exit = error.code === 'not-found' ? 3 : error.code === 'conflict' ? 1 : 6;
    return { exit, code: error.code, message: error.message, hint: undefined };
  }
  if (error instanceof StartupError)
    return { exit: 6, code: error.code, message: error.message, hint: error.hint };
  if (error instanceof ServiceError)
    return { exit: exitCodes[error.code] ?? 1, code: error.code, message: error.message, hint: undefined };
  return {
    exit: 1,
    code: 'internal',
    message: error instanceof Error ? error.message : String(error),
    hint: undefined,
  };
}

/** The text of `pkgauth-server admin --help`. */
export function adminHelp(): string {
  const rows = commands.map(
    ({ path, usage, summary }) => `  ${[...path, usage].join(' ').trim()}\n      ${summary}`,
  );
  return `usage: pkgauth-server admin [--data DIR] [--json] COMMAND …

Works on the database in the data directory, also while the service runs. Secrets come in by stdin.

${rows.join('\n')}

Exit codes: 0 done, 1 failed, 2 usage, 3 nothing found, 6 database unavailable, 8 not allowed.
`;
}
