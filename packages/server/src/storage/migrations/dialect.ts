/** Where the databases' data definition differs; everything else of a migration is common SQL. */
export type DatabaseKind = 'sqlite' | 'postgres';

export type Ddl = {
  /** Text that compares by code units, whatever the database's locale. */
  text: string;
  /** A whole number up to 2^53: milliseconds, bytes, counters. */
  integer: string;
  /** Closes a table's definition. */
  end: string;
  /** Statements that make a table refuse every update and deletion. */
  appendOnly(table: string): string[];
};

export const ddl = {
  sqlite: {
    text: 'text',
    integer: 'integer',
    end: 'strict',
    appendOnly: (table) =>
      (['update', 'delete'] as const).map(
        (event) =>
          `create trigger ${table}_no_${event} before ${event} on ${table} begin select raise(abort, '${table} is append-only'); end`,
      ),
  },
  postgres: {
    text: 'text collate "C"',
    integer: 'bigint',
    end: '',
    appendOnly: (table) => [
      `create function ${table}_refuse() returns trigger language plpgsql as $$ begin raise exception '${table} is append-only'; end $$`,
      `create trigger ${table}_append_only before update or delete or truncate on ${table} for each statement execute function ${table}_refuse()`,
    ],
  },
} as const satisfies Record<DatabaseKind, Ddl>;
