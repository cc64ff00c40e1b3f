/** What a caller of the `keyring` program wants. */
export type KeyringCommand =
  | {
      kind: 'get';
      service: string;
      /** Absent only in mode `creds`. */
      username?: string;
      mode: 'password' | 'creds';
      output: 'plain' | 'json';
    }
  | { kind: 'set'; service: string; username: string }
  | { kind: 'del'; service: string; username: string }
  | { kind: 'diagnose' }
  | { kind: 'list-backends' }
  | { kind: 'help' }
  | { kind: 'usage-error'; message: string };

type Flags = { mode: 'password' | 'creds'; output: 'plain' | 'json'; listBackends: boolean; help: boolean };
type Read = { flags: Flags; positionals: string[]; unknown: string[] };

const valueOptions = new Set(['-p', '--keyring-path', '-b', '--keyring-backend', '--mode', '--output']);

class UsageError extends Error {}

const choose = <T extends string>(option: string, value: string, choices: readonly T[]): T => {
  const choice = choices.find((one) => one === value);
  if (choice !== undefined) return choice;
  const list = choices.map((one) => `'${one}'`).join(', ');
  throw new UsageError(`argument ${option}: invalid choice: '${value}' (choose from ${list})`);
};

const setOption = (flags: Flags, option: string, value: string | undefined): void => {
  if (value === undefined) throw new UsageError(`argument ${option}: expected one argument`);
  if (option === '--mode') flags.mode = choose(option, value, ['password', 'creds']);
  if (option === '--output') flags.output = choose(option, value, ['plain', 'json']);
};

/** A long option, or a short one before the operation; behind it a leading hyphen is data. */
const isOption = (argument: string, positionals: readonly string[]): boolean =>
  argument.startsWith('--') || (argument.length > 1 && argument.startsWith('-') && positionals.length === 0);

const readFlag = (read: Read, argument: string): boolean => {
  if (argument === '-h' || argument === '--help') read.flags.help = true;
  else if (argument === '--list-backends') read.flags.listBackends = true;
  else return false;
  return true;
};

const readArguments = (argv: readonly string[]): Read => {
  const flags: Flags = { mode: 'password', output: 'plain', listBackends: false, help: false };
  const read: Read = { flags, positionals: [], unknown: [] };
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] ?? '';
    if (argument === '--') {
      read.positionals.push(...argv.slice(index + 1));
      break;
    }
    const equals = argument.startsWith('--') ? argument.indexOf('=') : -1;
    const option = equals < 0 ? argument : argument.slice(0, equals);
    if (valueOptions.has(option))
      setOption(flags, option, equals < 0 ? argv[++index] : argument.slice(equals + 1));
    else if (readFlag(read, argument)) continue;
    else if (isOption(argument, read.positionals)) read.unknown.push(argument);
    else read.positionals.push(argument);
  }
  return read;
};

const operations = ['get', 'set', 'del', 'diagnose'] as const;

const commandOf = ({ flags, positionals, unknown }: Read): KeyringCommand => {
  if (flags.help) return { kind: 'help' };
  const [name, service, username, ...extra] = positionals;
  const operation = name === undefined ? undefined : choose('operation', name, operations);
  const unrecognized = [...unknown, ...extra];
  if (unrecognized.length > 0) throw new UsageError(`unrecognized arguments: ${unrecognized.join(' ')}`);
  if (flags.listBackends) return { kind: 'list-backends' };
  if (operation === undefined) throw new UsageError(`Specify operation (${operations.join(', ')}).`);
  if (operation === 'diagnose') return { kind: operation };
  if (operation === 'get' && flags.mode === 'creds' && service !== undefined) {
    const { mode, output } = flags;
    return { kind: operation, service, ...(username === undefined ? {} : { username }), mode, output };
  }
  if (service === undefined || username === undefined) {
    throw new UsageError(`${operation} requires service and username`);
  }
  if (operation !== 'get') return { kind: operation, service, username };
  return { kind: operation, service, username, mode: flags.mode, output: flags.output };
};

/**
 * Reads the arguments of the python `keyring` program (25.7), without its name: options in any place, `--mode X` and
 * `--mode=X`, everything behind `--` as data, and after the operation also what starts with a single hyphen but is no
 * option. `--keyring-backend` and `--keyring-path` are accepted and ignored. What keyring refuses is a `usage-error`.
 */
export const parseKeyringArguments = (argv: readonly string[]): KeyringCommand => {
  try {
    return commandOf(readArguments(argv));
  } catch (error) {
    if (error instanceof UsageError) return { kind: 'usage-error', message: error.message };
    throw error;
  }
};
