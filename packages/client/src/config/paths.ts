import { posix, win32 } from 'node:path';
import type { Context } from '../context.ts';
import { settingOf } from './load.ts';

type Places = Pick<Context, 'env' | 'platform' | 'home' | 'cwd'>;

/** Path functions of the platform that the context describes. */
export const pathsOf = ({ platform }: Pick<Context, 'platform'>): typeof posix =>
  platform === 'win32' ? win32 : posix;

const absoluteVariable = (places: Places, name: string): string | undefined => {
  const value = places.env[name];
  return value !== undefined && pathsOf(places).isAbsolute(value) ? value : undefined;
};

const below = (places: Places, directory: string | undefined, ...names: string[]): string | undefined =>
  directory === undefined ? undefined : pathsOf(places).join(directory, ...names);

/** `$XDG_DATA_HOME` or `~/.local/share`; on macOS too, where uv and pyx keep to it. */
const xdgDataDirectory = (places: Places): string | undefined =>
  absoluteVariable(places, 'XDG_DATA_HOME') ?? below(places, places.home, '.local', 'share');

const roaming = (places: Places): string | undefined =>
  absoluteVariable(places, 'APPDATA') ?? below(places, places.home, 'AppData', 'Roaming');

const ownDirectory = (places: Places): string | undefined => {
  if (places.platform === 'win32') return below(places, roaming(places), 'pkgauth');
  if (places.platform === 'darwin') {
    return below(places, places.home, 'Library', 'Application Support', 'pkgauth');
  }
  return below(places, xdgDataDirectory(places), 'pkgauth');
};

/** File of our own store; undefined without a home directory and without the variable (CS14). */
export const credentialsFile = (places: Places): string | undefined => {
  const named = settingOf(places.env, 'credentialsFile');
  if (named !== undefined) return pathsOf(places).resolve(places.cwd, named.value);
  return below(places, ownDirectory(places), 'credentials.json');
};

/** A file or directory beside our own store's file. */
export const besideCredentials = (places: Places, ...names: string[]): string | undefined => {
  const file = credentialsFile(places);
  return file === undefined ? undefined : pathsOf(places).join(pathsOf(places).dirname(file), ...names);
};

/** A lock of ours for something that has no lock file of its own. */
export const lockFile = (places: Places, name: string): string | undefined =>
  besideCredentials(places, 'locks', `${name}.lock`);

const exists = async (context: Context, directory: string | undefined): Promise<boolean> =>
  directory !== undefined && (await context.files.list(directory)).length > 0;

/** Where uv keeps its state: a directory in the platform's own place if it is there, else the XDG one. */
const uvStateDirectory = async (context: Context): Promise<string | undefined> => {
  if (context.platform === 'win32') {
    const native = below(context, roaming(context), 'uv', 'data');
    return (await exists(context, native)) ? native : below(context, roaming(context), 'uv');
  }
  const native = below(context, context.home, 'Library', 'Application Support', 'uv');
  if (context.platform === 'darwin' && (await exists(context, native))) return native;
  return below(context, xdgDataDirectory(context), 'uv');
};

/** Directory of uv's credentials.toml (uv ≥ 0.8.15, `uv auth dir`). */
export const uvCredentialsDirectory = async (context: Context): Promise<string | undefined> => {
  const named = settingOf(context.env, 'uvDirectory');
  if (named !== undefined) return pathsOf(context).resolve(context.cwd, named.value);
  return below(context, await uvStateDirectory(context), 'credentials');
};

/**
 * Root of the token directories of uv 0.8.15 … 0.12.6. `digest` names the directory of the service in question: where one
 * of that name stands in uv's credentials directory, as early versions had it, that is the root.
 */
export const pyxCredentialsDirectory = async (
  context: Context,
  digest?: string,
): Promise<string | undefined> => {
  const named = settingOf(context.env, 'pyxDirectory');
  if (named !== undefined) return pathsOf(context).resolve(context.cwd, named.value);
  if (digest !== undefined) {
    const legacy = await uvCredentialsDirectory(context);
    if (await exists(context, below(context, legacy, digest))) return legacy;
  }
  const data = context.platform === 'win32' ? roaming(context) : xdgDataDirectory(context);
  return below(context, data, 'pyx', 'credentials');
};

/** The netrc file: `NETRC` with a leading `~`, else the one that exists, else where one is made. */
export const netrcFile = async (context: Context): Promise<string | undefined> => {
  const named = settingOf(context.env, 'netrcFile')?.value;
  if (named !== undefined) {
    const inHome = /^~[/\\]/.test(named) ? below(context, context.home, named.slice(2)) : undefined;
    return inHome ?? pathsOf(context).resolve(context.cwd, named);
  }
  const dotted = below(context, context.home, '.netrc');
  if (context.platform !== 'win32' || dotted === undefined) return dotted;
  const underscored = below(context, context.home, '_netrc');
  return (await context.files.read(dotted)) === undefined ? underscored : dotted;
};
