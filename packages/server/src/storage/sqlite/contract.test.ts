import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { type StorageUnderTest, storageContract, temporaryDirectory } from '@pkgauth/testkit';
import { openStorage } from '../index.ts';

storageContract('SQLite', () => openFile(1));
storageContract('SQLite, two handles on one file', () => openFile(2));

async function openFile(handles: 1 | 2): Promise<StorageUnderTest> {
  const directory = temporaryDirectory();
  const path = join(directory.path, 'data base.sqlite');
  const url = pathToFileURL(path).href.replace('file:', 'sqlite:');
  const storage = await openStorage(url);
  const other = handles === 2 ? await openStorage(url) : storage;
  const execute = async (statement: string) => {
    const database = new DatabaseSync(path, { timeout: 5000 });
    try {
      database.exec(statement);
    } finally {
      database.close();
    }
  };
  return {
    storage,
    other,
    execute,
    lowerAuditGuard: async () => {
      await execute('drop trigger audit_events_no_update; drop trigger audit_events_no_delete');
    },
    [Symbol.asyncDispose]: async () => {
      await storage.close();
      if (other !== storage) await other.close();
      directory[Symbol.dispose]();
    },
  };
}
