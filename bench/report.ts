import { cpus } from 'node:os';

export type Table = { title: string; head: string[]; rows: string[][] };

/** Markdown of the measured tables, with what they were measured on. */
export function renderReport(tables: readonly Table[], settings: string): string {
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, Node ${process.version}, ${settings}`;
  return `# Performance\n\nWritten by \`npm run bench\`. Read the ratios: they were measured round by round in turn with the named peer, so the\nmachine's own speed drops out of them. Measured on: ${machine}.\n\n${tables.map(renderTable).join('\n')}`;
}

function renderTable({ title, head, rows }: Table): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [`## ${title}`, line(head), line(head.map(() => '---')), ...rows.map(line), ''].join('\n');
}
