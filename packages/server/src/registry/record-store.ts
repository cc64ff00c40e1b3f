import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Something kept on disk that can be fetched again: a head of plain data and a body. */
export type StoredRecord<Head> = { head: Head; body: Buffer };

/**
 * Small records by key, kept below a directory within a bound. A record is either read back exactly as it was put, or
 * not at all: a torn or altered one is removed and counts as absent. What the disk refuses is not kept; only reading
 * tells. For what can be fetched again, so nothing is synced.
 */
export type RecordStore<Head> = {
  get(key: string): Promise<StoredRecord<Head> | undefined>;
  put(key: string, record: StoredRecord<Head>): Promise<void>;
  /** Marks the record as young: the oldest go first when the bound is reached. */
  touch(key: string): Promise<void>;
  remove(key: string): Promise<void>;
};

/** Share of the bound that is left after records had to go. */
const keptShare = 0.8;

/**
 * @param directory created when first needed; used by one process only.
 * @param bound bytes on disk.
 */
export function createRecordStore<Head>(directory: string, bound: number): RecordStore<Head> {
  const size = createSizeKeeper(directory, bound);
  const pathOf = (key: string) => {
    const name = createHash('sha256').update(key).digest('hex');
    return join(directory, name.slice(0, 2), name);
  };

  return {
    async get(key) {
      const bytes = await readFile(pathOf(key)).catch(() => undefined);
      if (bytes === undefined) return undefined;
      const record = decode<Head>(key, bytes);
      if (record === undefined) await rm(pathOf(key), { force: true });
      return record;
    },
    async put(key, record) {
      const path = pathOf(key);
      const temporary = `${path}.${randomBytes(6).toString('hex')}`;
      const bytes = encode(key, record);
      try {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        await writeFile(temporary, bytes, { flag: 'wx', mode: 0o600 });
        await rename(temporary, path);
        await size.add(bytes.length);
      } catch {
        await rm(temporary, { force: true }).catch(() => undefined);
      }
    },
    async touch(key) {
      const now = new Date();
      await utimes(pathOf(key), now, now).catch(() => undefined);
    },
    async remove(key) {
      await rm(pathOf(key), { force: true }).catch(() => undefined);
    },
  };
}

/** First line: SHA-256 of everything after it. Then key, head and body, the first two as lines of JSON. */
function encode<Head>(key: string, { head, body }: StoredRecord<Head>): Buffer {
  const content = Buffer.concat([Buffer.from(`${JSON.stringify(key)}\n${JSON.stringify(head)}\n`), body]);
  return Buffer.concat([Buffer.from(`${digest(content)}\n`), content]);
}

function decode<Head>(key: string, bytes: Buffer): StoredRecord<Head> | undefined {
  const first = bytes.indexOf(10);
  const content = bytes.subarray(first + 1);
  if (first !== 64 || bytes.toString('latin1', 0, first) !== digest(content)) return undefined;
  const second = content.indexOf(10);
  const third = content.indexOf(10, second + 1);
  if (JSON.parse(content.toString('utf8', 0, second)) !== key) return undefined;
  return {
    head: JSON.parse(content.toString('utf8', second + 1, third)) as Head,
    body: content.subarray(third + 1),
  };
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

type SizeKeeper = { add(bytes: number): Promise<void> };
type Kept = { path: string; size: number; at: number };

function createSizeKeeper(directory: string, bound: number): SizeKeeper {
  let total: Promise<number> | undefined;
  let cleaning: Promise<void> | undefined;

  async function list(): Promise<Kept[]> {
    const names = await readdir(directory, { recursive: true, withFileTypes: true });
    const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    const stats = await Promise.all(files.map((path) => stat(path).catch(() => undefined)));
    return stats.flatMap((found, at) =>
      found ? [{ path: files[at] ?? '', size: found.size, at: found.mtimeMs }] : [],
    );
  }

  async function clean(): Promise<void> {
    const kept = (await list()).sort((a, b) => a.at - b.at);
    let left = kept.reduce((sum, one) => sum + one.size, 0);
    for (const { path, size } of kept) {
      if (left <= bound * keptShare) break;
      await rm(path, { force: true });
      left -= size;
    }
    total = Promise.resolve(left);
  }

  return {
    async add(bytes) {
      // The first look counts what is there, the new record included.
      if (total === undefined) total = list().then((kept) => kept.reduce((sum, one) => sum + one.size, 0));
      else total = total.then((before) => before + bytes);
      if ((await total) <= bound) return;
      cleaning ??= clean().finally(() => {
        cleaning = undefined;
      });
      await cleaning;
    },
  };
}
