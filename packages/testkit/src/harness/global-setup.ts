import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { folderVariable } from './postgres.ts';
import { stopCluster } from './postgres-cluster.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/**
 * Vitest's global set-up: gives the workers of this run a place to agree on one PostgreSQL cluster, and stops
 * the cluster, if any of them wanted it, after the run. The projects of one run share it.
 */
export function setup(): (() => Promise<void>) | undefined {
  if (process.env[folderVariable]) return undefined;
  const folder = temporaryDirectory();
  // The server's own account has to pass through.
  chmodSync(folder.path, 0o711);
  process.env[folderVariable] = folder.path;
  return async () => {
    await stopCluster(join(folder.path, 'cluster'));
    folder[Symbol.dispose]();
  };
}
