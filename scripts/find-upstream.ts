// The index that this machine installs Python packages from: what the first mirror stands in front of. The order is
// what pip and uv themselves go by; the repository names no index of its own.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;
type Path = string | undefined;

/** What is asked; everything but `own` is this machine unless said otherwise. */
export type Machine = {
  own: string;
  env?: Environment;
  home?: string;
  read?: (path: Path) => string;
  ask?: () => string | undefined;
};

/**
 * A simple index's address, or undefined. `own` is the origin of the service that is being started: a machine that
 * is already set up to install through it must not become its own upstream.
 */
export function findUpstream({
  env = process.env,
  home = homedir(),
  own,
  read = readText,
  ask = askPip,
}: Machine): string | undefined {
  const fits = (text: string | undefined): text is string => isIndex(text) && new URL(text).origin !== own;
  const configured = [
    env.PKGAUTH_PYPI_UPSTREAM,
    env.PIP_INDEX_URL,
    ...pipFiles(env, home).map((path) => indexOfPip(read(path))),
    env.UV_DEFAULT_INDEX,
    env.UV_INDEX_URL,
    ...uvFiles(env, home).map((path) => indexOfUv(read(path))),
  ];
  return configured.find(fits) ?? [ask()].find(fits);
}

function isIndex(text: string | undefined): text is string {
  return text !== undefined && /^https?:\/\//.test(text) && URL.canParse(text);
}

/** In pip's order of precedence. */
function pipFiles(env: Environment, home: string): Path[] {
  const config = env.XDG_CONFIG_HOME || join(home, '.config');
  if (process.platform === 'win32') {
    return [env.PIP_CONFIG_FILE, join(env.APPDATA ?? home, 'pip', 'pip.ini'), join(home, 'pip', 'pip.ini')];
  }
  return [
    env.PIP_CONFIG_FILE,
    env.VIRTUAL_ENV && join(env.VIRTUAL_ENV, 'pip.conf'),
    join(config, 'pip', 'pip.conf'),
    join(home, 'Library', 'Application Support', 'pip', 'pip.conf'),
    join(home, '.pip', 'pip.conf'),
    '/etc/xdg/pip/pip.conf',
    '/etc/pip.conf',
  ];
}

function uvFiles(env: Environment, home: string): Path[] {
  if (process.platform === 'win32') return [env.UV_CONFIG_FILE, join(env.APPDATA ?? home, 'uv', 'uv.toml')];
  const config = env.XDG_CONFIG_HOME || join(home, '.config');
  return [env.UV_CONFIG_FILE, join(config, 'uv', 'uv.toml'), '/etc/xdg/uv/uv.toml', '/etc/uv/uv.toml'];
}

function readText(path: Path): string {
  try {
    return path ? readFileSync(path, 'utf8') : '';
  } catch {
    return '';
  }
}

/** `index-url` of an INI file's sections `install` (which pip prefers) and `global`. */
export function indexOfPip(text: string): string | undefined {
  const found: Record<string, string> = Object.create(null);
  let section = '';
  for (const line of text.split(/\r?\n/)) {
    section = /^\[(.+)\]\s*$/.exec(line)?.[1] ?? section;
    const value = /^index[-_]url\s*[=:]\s*(\S+)/.exec(line)?.[1];
    if (value !== undefined) found[section] ??= value;
  }
  return found['install'] ?? found['global'];
}

/** The default `[[index]]`, or `index-url`, of a uv.toml. */
export function indexOfUv(text: string): string | undefined {
  const blocks = text.split(/^\s*\[\[index\]\]\s*$/m);
  const [top = '', ...indexes] = blocks.map((block, at) =>
    at === 0 ? block : (block.split(/^\s*\[/m)[0] ?? ''),
  );
  const standard = indexes.find((index) => /^\s*default\s*=\s*true\b/m.test(index));
  return textOf('url', standard ?? '') ?? textOf('index-url', top);
}

function textOf(key: string, block: string): string | undefined {
  return new RegExp(`^\\s*${key}\\s*=\\s*(["'])(.*?)\\1`, 'm').exec(block)?.[2];
}

const question = 'from pip._internal.models.index import PyPI; print(PyPI.simple_url)';

/** pip's own built-in default, as pip itself says it. */
function askPip(): string | undefined {
  for (const python of ['python3', 'python']) {
    const answer = spawnSync(python, ['-c', question], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 10_000,
    });
    if (answer.status === 0) return answer.stdout.trim();
  }
  return undefined;
}
