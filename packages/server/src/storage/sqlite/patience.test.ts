import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { run, temporaryDirectory } from '@pkgauth/testkit';
import { describe, expect, it } from 'vitest';
import { openStorage } from '../index.ts';
import { patiently } from './patience.ts';

/** Two connections to one database, of which the first holds the right to write. */
function contended(directory: string) {
  const path = join(directory, 'db');
  const [holder, other] = [new DatabaseSync(path, { timeout: 0 }), new DatabaseSync(path, { timeout: 0 })];
  holder.exec('create table t (x integer); begin immediate');
  return { holder, insert: () => other.prepare('insert into t values (1)').run().changes };
}

describe('PS03 a busy database', () => {
  it('PS03 is tried again until the other one is done', async () => {
    using directory = temporaryDirectory();
    const { holder, insert } = contended(directory.path);
    const inserted = patiently(insert);
    await sleep(60);
    holder.exec('commit');
    expect(await inserted).toBe(1);
  });

  it('PS03 that stays busy is unavailable in the end', async () => {
    using directory = temporaryDirectory();
    const { insert } = contended(directory.path);
    await expect(patiently(insert, [1, 1])).rejects.toMatchObject({
      name: 'StorageError',
      code: 'unavailable',
      message: 'another process keeps the database busy',
    });
  });

  it('is not tried again after an error of another kind', async () => {
    let tries = 0;
    const work = () => {
      tries++;
      throw new TypeError('x');
    };
    await expect(patiently(work)).rejects.toThrow(TypeError);
    expect(tries).toBe(1);
  });

  it('PS03 written to by two processes at once loses no change of either', async () => {
    using directory = temporaryDirectory();
    const url = `sqlite://${join(directory.path, 'db')}`;
    const program = `
      const { openStorage } = await import(${JSON.stringify(new URL('../index.ts', import.meta.url).href)});
      const storage = await openStorage(${JSON.stringify(url)});
      const event = { at: 1, actor: 'system', action: 'a.b', orgId: null, target: null, detail: {}, ip: null, requestId: null };
      for (let count = 0; count < 100; count++) {
        await storage.transaction(async (inner) => {
          await inner.revocations.bump();
          await inner.audit.append(event);
        });
      }
      await storage.close();`;
    const args = ['--conditions=@pkgauth/source', '--input-type=module', '--eval', program];
    const results = await Promise.all([run(process.execPath, args), run(process.execPath, args)]);
    expect(results.map(({ code }) => code)).toEqual([0, 0]);
    const storage = await openStorage(url);
    expect(await storage.revocations.epoch()).toBe(201);
    expect((await storage.audit.list({ limit: 1 }))[0]?.sequence).toBe(200);
    expect(await storage.audit.verify()).toBeUndefined();
    await storage.close();
  });
});
