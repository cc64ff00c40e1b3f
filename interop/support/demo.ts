import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeWheel, startUpstreamIndex, type UpstreamIndex } from '@pkgauth/testkit';
import { emptyHome, type Home, loggedInHome } from './home.ts';
import type { NodeOptions } from './node.ts';
import { type Service, startService } from './service.ts';

/** A service whose view `acme/main` mirrors `demo-app`, which needs `demo-lib`, and the homes of people who use it. */
export type Demo = AsyncDisposable & {
  service: Service;
  upstream: UpstreamIndex;
  /** An API key of the owner for `acme`. */
  key: string;
  /** The view's address, with `user` (ending in `@`) in it. */
  index(user?: string, view?: string): string;
  emptyHome(): Home;
  /** Our client is logged in with the key, and its `keyring` is first on the path. */
  loggedInHome(): Promise<Home>;
};

export async function startDemo(options: Pick<NodeOptions, 'args' | 'env'> = {}): Promise<Demo> {
  const upstream = await startUpstreamIndex([
    makeWheel({ name: 'demo-app', version: '1.0', requires: ['demo-lib>=2'] }),
    makeWheel({ name: 'demo-lib', version: '2.1' }),
  ]);
  const service = await startService({ built: true, ...options, upstream: upstream.url });
  const key = await service.apiKey();
  const homes: Home[] = [];
  const kept = (home: Home) => {
    homes.push(home);
    return home;
  };
  return {
    service,
    upstream,
    key,
    index: (user = '', view = 'acme/main') => `${service.url.replace('//', `//${user}`)}/simple/${view}/`,
    emptyHome: () => kept(emptyHome()),
    loggedInHome: async () => kept(await loggedInHome(service, key)),
    async [Symbol.asyncDispose]() {
      for (const home of homes) home[Symbol.dispose]();
      await service[Symbol.asyncDispose]();
      await upstream.close();
    },
  };
}

/** Where installs into a home put packages. */
export const siteOf = (home: Home): string => join(home.path, 'site');

/** The text of the module that came with the dependency; undefined when it is not installed. */
export const installedIn = (home: Home): Promise<string | undefined> =>
  readFile(join(siteOf(home), 'demo_lib/__init__.py'), 'utf8').catch(() => undefined);

export const demoModule = 'VERSION = "2.1"\n';
