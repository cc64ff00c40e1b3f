import { close, open } from 'node:fs';

/** An open descriptor that many readers share by reading at positions. */
export type OpenFile = { readonly fd: number; release(): void };

/** Keeps files open that are read again and again: opening and closing cost more than a small read. */
export type OpenFiles = {
  /** At once when the file is open already. Rejects with the system's error. */
  acquire(path: string): OpenFile | Promise<OpenFile>;
  close(): void;
};

type Entry = { path: string; fd: number; users: number; file: OpenFile };

/** @param capacity files that are kept open while nobody reads them. */
export function createOpenFiles(capacity = 256): OpenFiles {
  const entries = new Map<string, Entry>();
  const opening = new Map<string, Promise<Entry>>();
  let closed = false;

  function evict(): void {
    for (const entry of entries.values()) {
      if (entries.size <= capacity && !closed) return;
      if (entry.users > 0) continue;
      entries.delete(entry.path);
      close(entry.fd);
    }
  }

  function use(entry: Entry): OpenFile {
    entry.users += 1;
    // Moves it to the young end.
    entries.delete(entry.path);
    entries.set(entry.path, entry);
    return entry.file;
  }

  function openEntry(path: string): Promise<Entry> {
    return new Promise((resolve, reject) => {
      open(path, 'r', (error, fd) => {
        opening.delete(path);
        if (error !== null) return reject(error);
        const release = () => {
          entry.users -= 1;
          evict();
        };
        const entry: Entry = { path, fd, users: 0, file: { fd, release } };
        entries.set(path, entry);
        resolve(entry);
        // Not before those who wait for it have it.
        setImmediate(evict);
      });
    });
  }

  return {
    acquire(path) {
      const entry = entries.get(path);
      if (entry !== undefined) return use(entry);
      const pending = opening.get(path) ?? openEntry(path);
      opening.set(path, pending);
      return pending.then(use);
    },
    close() {
      closed = true;
      evict();
    },
  };
}
