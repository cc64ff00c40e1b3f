import { join } from 'node:path';
import type { Context } from '../context.ts';
import { ClientError } from '../errors.ts';
import { compileCacheDirectory } from './compile-cache-directory.ts';

const note = 'Code of pkgauth, compiled by Node so that it starts faster. Can be deleted at any time.\n';

/** Makes the directory, so that later runs start faster; done where something is written anyway, and never a failure. */
export const prepareCompileCache = async (context: Context): Promise<void> => {
  const directory = compileCacheDirectory(context);
  if (directory === undefined) return;
  try {
    await context.files.write(join(directory, 'README'), note);
  } catch (error) {
    // A read-only home, a full disk: starting slower is all that happens.
    if (!(error instanceof ClientError)) throw error;
  }
};
