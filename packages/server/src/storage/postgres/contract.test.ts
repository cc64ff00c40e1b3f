import { createDatabase, describeWith, type StorageUnderTest, storageContract } from '@pkgauth/testkit';
import { Client } from 'pg';
import { openStorage } from '../index.ts';

describeWith(['postgres'], 'storage on PostgreSQL', () => {
  storageContract('PostgreSQL, two pools on one database', openDatabase);
});

async function openDatabase(): Promise<StorageUnderTest> {
  const database = await createDatabase();
  const storage = await openStorage(database.url);
  const other = await openStorage(database.url);
  const execute = async (statement: string) => {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  };
  return {
    storage,
    other,
    execute,
    lowerAuditGuard: () => execute('alter table audit_events disable trigger all'),
    [Symbol.asyncDispose]: async () => {
      await storage.close();
      await other.close();
      await database[Symbol.asyncDispose]();
    },
  };
}
