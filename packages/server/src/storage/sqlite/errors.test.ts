import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { temporaryDirectory } from '@pkgauth/testkit';
import { describe, expect, it } from 'vitest';
import { StorageError } from '../../core/ports/storage.ts';
import { isBusy, toStorageError } from './errors.ts';

/** What `statement` throws on a database with two small tables. */
function errorOf(statement: string, before = ''): unknown {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'db');
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec(`create table a (id integer primary key, name text unique check (name <> 'bad')) strict;
      create table b (a integer not null references a (id)) strict; insert into a values (1, 'one')`);
    database.exec(before);
    database.exec(statement);
  } catch (error) {
    return error;
  } finally {
    database.close();
  }
  return undefined;
}

describe('errors of SQLite in the words of the port', () => {
  it.each([
    ['a primary key that exists', `insert into a values (1, 'x')`, '', 'conflict'],
    ['a unique value that exists', `insert into a values (2, 'one')`, '', 'conflict'],
    ['a reference to nothing', 'insert into b values (9)', '', 'not-found'],
    [
      'a full disk',
      `insert into a values (3, hex(randomblob(9999)))`,
      'pragma max_page_count = 5',
      'unavailable',
    ],
    [
      'a database that cannot be written',
      `insert into a values (3, 'x')`,
      'pragma query_only = on',
      'unavailable',
    ],
  ] as const)('%s', (_name, statement, before, code) => {
    const error = errorOf(statement, before);
    expect(toStorageError(error)).toBeInstanceOf(StorageError);
    expect(toStorageError(error)).toMatchObject({ code, cause: error });
  });

  it.each([
    ['a violated check', `insert into a values (2, 'bad')`],
    ['a wrong type', `insert into a values ('x', 'x')`],
    ['a statement that makes no sense', 'select from'],
  ])('%s stays what it is', (_name, statement) => {
    const error = errorOf(statement);
    expect(error).toBeInstanceOf(Error);
    expect(toStorageError(error)).toBe(error);
  });

  it('says of a busy database that a second try may succeed, and of a conflict that it will not', () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'db');
    const [one, two] = [new DatabaseSync(path, { timeout: 0 }), new DatabaseSync(path, { timeout: 0 })];
    one.exec('begin immediate');
    const error = thrownBy(() => two.exec('begin immediate'));
    expect(isBusy(error)).toBe(true);
    expect(toStorageError(error)).toMatchObject({ code: 'unavailable' });
    expect(isBusy(errorOf(`insert into a values (1, 'x')`))).toBe(false);
    one.close();
    two.close();
  });

  it('says that a file is no database, or none that can be opened', () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'db');
    writeFileSync(path, 'certainly not a database, and long enough to be looked at '.repeat(50));
    const database = new DatabaseSync(path);
    expect(toStorageError(thrownBy(() => database.exec('select * from sqlite_schema')))).toMatchObject({
      code: 'unavailable',
      message: 'the database file is not a SQLite database',
    });
    database.close();
    const absent = thrownBy(() => new DatabaseSync(join(directory.path, 'no', 'db')));
    expect(toStorageError(absent)).toMatchObject({ code: 'unavailable' });
  });

  it('leaves errors that are none of the database alone', () => {
    const error = new TypeError('x');
    expect(toStorageError(error)).toBe(error);
    expect(isBusy(error)).toBe(false);
    expect(toStorageError('x')).toBe('x');
  });
});

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}
