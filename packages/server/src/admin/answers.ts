import type { Answer } from './command.ts';

/** ISO 8601 in UTC; `null` stays. */
export const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

/** What a person reads of one thing: its members, one per line. */
export function one(json: Readonly<Record<string, unknown>>): Answer {
  return { json, lines: Object.entries(json).map(([name, value]) => `${name}: ${cell(value)}`) };
}

/** A list under its name, as a table for people. */
export function many(name: string, rows: readonly Readonly<Record<string, unknown>>[]): Answer {
  const first = rows[0];
  if (first === undefined) return { json: { [name]: [] }, lines: [`no ${name.replaceAll('_', ' ')}`] };
  const columns = Object.keys(first);
  const table = [columns, ...rows.map((row) => columns.map((column) => cell(row[column])))];
  const widths = columns.map((_, at) => Math.max(...table.map((line) => (line[at] ?? '').length)));
  const lines = table.map((line) =>
    line
      .map((text, at) => text.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return { json: { [name]: rows }, lines };
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '-';
  return Array.isArray(value) ? value.join(',') : String(value);
}
