import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type TemporaryDirectory = Disposable & { readonly path: string };

/** A new empty directory (mode 0700), removed with all it holds when disposed: `using home = temporaryDirectory()`. */
export function temporaryDirectory(): TemporaryDirectory {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'pkgauth-test-')));
  return {
    path,
    // A client that still writes while it is being killed can make the first attempt fail.
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }),
  };
}
