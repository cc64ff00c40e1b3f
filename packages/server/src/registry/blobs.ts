import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, link, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ServiceError } from '../core/errors.ts';
import type { Blob, BlobStore, BlobWriter } from '../core/ports/index.ts';

const hashPattern = /^[0-9a-f]{64}$/;

/**
 * Opens the blob store under `directory`, creating it when absent, and sweeps the temporary files that a killed
 * process left. Layout: `<directory>/<first two hex digits>/<sha256>` and `<directory>/tmp/<random>`.
 *
 * The store must have one process only: a sweep would take the temporary files of another.
 */
export async function openBlobStore(directory: string): Promise<BlobStore> {
  const temporary = join(directory, 'tmp');
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  for (const leftover of await readdir(temporary)) await rm(join(temporary, leftover), { force: true });
  const pathOf = (sha256: string) => join(directory, sha256.slice(0, 2), sha256);

  return {
    async find(sha256) {
      if (!hashPattern.test(sha256)) return undefined;
      return findBlob(pathOf(sha256), sha256);
    },
    async create() {
      const path = join(temporary, randomBytes(16).toString('hex'));
      return createWriter(path, await whenWritable(() => open(path, 'wx', 0o600)), pathOf);
    },
  };
}

async function findBlob(path: string, sha256: string): Promise<Blob | undefined> {
  const found = await stat(path).catch(absentAsUndefined);
  return found?.isFile() ? { sha256, size: found.size, path } : undefined;
}

function createWriter(path: string, file: FileHandle, pathOf: (sha256: string) => string): BlobWriter {
  const hash = createHash('sha256');
  let size = 0;
  let open = true;

  async function discard(): Promise<void> {
    if (!open) return;
    open = false;
    await file.close().catch(() => undefined);
    await rm(path, { force: true });
  }

  async function publish(expected: string | undefined): Promise<Blob> {
    await file.sync();
    const sha256 = hash.digest('hex');
    if (expected !== undefined && expected !== sha256) {
      throw new ServiceError(
        'invalid-request',
        'the content does not have the SHA-256 that was announced for it',
      );
    }
    const target = pathOf(sha256);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    // link, not rename: an equal blob that is being served keeps its inode, and a blob is never replaced.
    await link(path, target).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      // Unless the disk lost some of it: then the whole one takes its place.
      if ((await stat(target)).size !== size) await rename(path, target);
    });
    await syncDirectory(dirname(target));
    await syncDirectory(dirname(dirname(target)));
    return { sha256, size, path: target };
  }

  return {
    path,
    get size() {
      return size;
    },
    async write(chunk) {
      await whenWritable(() => writeFully(file, chunk));
      hash.update(chunk);
      size += chunk.byteLength;
    },
    async commit(expected) {
      try {
        return await whenWritable(() => publish(expected));
      } finally {
        await discard();
      }
    },
    discard,
  };
}

async function writeFully(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let offset = 0; offset < chunk.byteLength; ) {
    const { bytesWritten } = await file.write(chunk, offset, chunk.byteLength - offset);
    offset += bytesWritten;
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** A disk that is full, failing or read-only is the service's trouble, not the caller's: 503 and nothing half-visible. */
async function whenWritable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    throw new ServiceError('unavailable', 'the service cannot write to its disk at the moment', {
      cause: error,
      retryAfter: 30,
    });
  }
}

function absentAsUndefined(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
}
