import { join } from 'node:path';

type Surroundings = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  readonly home: string | undefined;
};

const isAbsolutePath = (path: string | undefined): path is string =>
  path !== undefined && /^(?:\/|[A-Za-z]:[\\/])/.test(path);

/**
 * Where the runtime may keep our compiled code: a directory of the user's own, never the shared temporary one, because who
 * can write there can run code as us. `undefined` without a home. It is used only where it exists already.
 */
export const compileCacheDirectory = ({ env, platform, home }: Surroundings): string | undefined => {
  const named = platform === 'win32' ? env.LOCALAPPDATA : env.XDG_CACHE_HOME;
  const base = isAbsolutePath(named) ? named : isAbsolutePath(home) ? join(home, '.cache') : undefined;
  return base === undefined ? undefined : join(base, 'pkgauth', 'compiled');
};
