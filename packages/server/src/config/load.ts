import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigError } from './config-error.ts';
import { type Field, type FieldName, fieldNames, fields, type Settings } from './fields.ts';
import { isLoopbackHost, parseValue } from './parse-value.ts';

/** The outside that settings are read from. */
export type ConfigSource = {
  /** Arguments after the command word. */
  args: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /** Text of a file; throws when it cannot be read. */
  readFile(path: string): string;
};

/** Settings with what follows from several of them. */
export type Config = Settings & {
  /** Origin of the service and issuer of its tokens; undefined until the port is known (port 0). */
  readonly origin: string | undefined;
  readonly tlsFiles: { cert: string; key: string } | undefined;
};

export type LoadedConfig = {
  config: Config;
  /** Arguments that are no settings, in order. */
  rest: readonly string[];
};

type Given = { text: string; from: string; base: string };

/**
 * Reads all settings: command line above environment (and its `_FILE` variants) above the configuration file.
 * Arguments that are no setting's option are handed back for whoever knows them.
 * @throws ConfigError with every problem found, not only the first
 */
export function loadConfig(source: ConfigSource): LoadedConfig {
  const problems: string[] = [];
  const { given, rest } = readArguments(source, problems);
  readEnvironment(source, given, problems);
  const file = given.get('config');
  if (file !== undefined) readConfigFile(source, file, given, problems);
  const settings = readValues(given, source.cwd, problems);
  checkTogether(settings, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return { config: derive(settings as Settings), rest };
}

function readArguments(
  source: ConfigSource,
  problems: string[],
): { given: Map<FieldName, Given>; rest: string[] } {
  const flags = new Map<string, FieldName>();
  for (const name of fieldNames) if (fields[name].flag !== null) flags.set(fields[name].flag, name);
  const options = Object.fromEntries([...flags.keys()].map((flag) => [flag, { type: 'string' as const }]));
  const { tokens } = parseArgs({
    args: [...source.args],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given = new Map<FieldName, Given>();
  const rest: string[] = [];
  let last = -1;
  for (const token of tokens) {
    const name = token.kind === 'option' ? flags.get(token.name) : undefined;
    if (token.kind !== 'option' || name === undefined) {
      // A group of short options makes several tokens of one argument.
      if (token.index !== last) rest.push(source.args[token.index] ?? '');
      last = token.index;
    } else if (token.value === undefined || (token.inlineValue === false && token.value.startsWith('--'))) {
      problems.push(`--${token.name} needs a value`);
    } else {
      given.set(name, { text: token.value, from: `--${token.name}`, base: source.cwd });
    }
  }
  return { given, rest };
}

function readEnvironment(source: ConfigSource, given: Map<FieldName, Given>, problems: string[]): void {
  for (const name of fieldNames) {
    const field: Field = fields[name];
    const direct = source.env[field.env] || undefined;
    const fileVariable = `${field.env}_FILE`;
    const path = field.secret ? source.env[fileVariable] || undefined : undefined;
    if (direct !== undefined && path !== undefined)
      problems.push(`${field.env} and ${fileVariable} are both set`);
    if (given.has(name)) continue;
    if (direct !== undefined) given.set(name, { text: direct, from: field.env, base: source.cwd });
    else if (path !== undefined) {
      const text = tryReading(source, path, fileVariable, problems);
      if (text !== undefined) given.set(name, { text: text.trim(), from: fileVariable, base: source.cwd });
    }
  }
}

function readConfigFile(
  source: ConfigSource,
  file: Given,
  given: Map<FieldName, Given>,
  problems: string[],
): void {
  const path = String((parseValue(fields.config, file.text, file.base) as { value: string }).value);
  const text = tryReading(source, path, file.from, problems);
  if (text === undefined) return;
  const entries = parseObject(text);
  if (entries === undefined) {
    problems.push(`${path}: is not a JSON object`);
    return;
  }
  const byKey = new Map<string, FieldName>(fieldNames.map((name) => [fields[name].key, name]));
  for (const [key, value] of Object.entries(entries)) {
    const name = byKey.get(key);
    const written = Array.isArray(value) ? value.join(',') : value;
    if (name === undefined || name === 'config') problems.push(`${path}: there is no setting "${key}"`);
    else if (typeof written !== 'string' && typeof written !== 'number')
      problems.push(`${path}: "${key}" must be a text or a number`);
    else if (!given.has(name))
      given.set(name, { text: String(written), from: `${path}: "${key}"`, base: dirname(path) });
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function tryReading(
  source: ConfigSource,
  path: string,
  from: string,
  problems: string[],
): string | undefined {
  try {
    return source.readFile(path);
  } catch {
    problems.push(`${from}: cannot read the file ${path}`);
    return undefined;
  }
}

function readValues(given: Map<FieldName, Given>, cwd: string, problems: string[]): Partial<Settings> {
  const settings: Record<string, unknown> = {};
  for (const name of fieldNames) {
    const field: Field = fields[name];
    const one = given.get(name);
    if (one === undefined && field.default === null) continue;
    const { text, from, base } = one ?? { text: field.default ?? '', from: `--${field.flag}`, base: cwd };
    const parsed = parseValue(field, text, base);
    if (parsed.ok) settings[name] = parsed.value;
    else problems.push(`${from} ${parsed.problem}`);
  }
  return settings as Partial<Settings>;
}

function checkTogether(settings: Partial<Settings>, problems: string[]): void {
  if (settings.tls !== undefined) {
    problems.push('--tls local is not available in this version; use --tls-cert and --tls-key');
  }
  if ((settings.tlsCert === undefined) !== (settings.tlsKey === undefined)) {
    problems.push('--tls-cert and --tls-key belong together; only one of them is set');
  }
  if (settings.host !== undefined && !isLoopbackHost(settings.host) && settings.publicUrl === undefined) {
    problems.push(
      `--host ${settings.host} is reachable from other machines; --public-url must say under which https:// address`,
    );
  }
  if (settings.database !== undefined && !/^(sqlite|postgres|postgresql):/.test(settings.database)) {
    problems.push('the database must be a sqlite:// or postgres:// URL');
  }
}

function derive(settings: Settings): Config {
  const { tlsCert, tlsKey } = settings;
  const tlsFiles = tlsCert === undefined || tlsKey === undefined ? undefined : { cert: tlsCert, key: tlsKey };
  return { ...settings, tlsFiles, origin: settings.publicUrl ?? originOf(settings, tlsFiles !== undefined) };
}

function originOf(settings: Settings, tls: boolean): string | undefined {
  if (settings.port === 0) return undefined;
  const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host;
  return new URL(`${tls ? 'https' : 'http'}://${host}:${settings.port}`).origin;
}
