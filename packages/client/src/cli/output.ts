import { sanitizeForTerminal } from '@pkgauth/protocol';
import type { Terminal } from '../context.ts';

/** What a command answers: for people lines, for programs one object. Never both. */
export type Answer = { readonly json: Readonly<Record<string, unknown>>; readonly lines: readonly string[] };

/** How a command speaks: answers on stdout, everything else on stderr. Text of others is escaped on the way. */
export type Output = {
  readonly json: boolean;
  answer(answer: Answer): void;
  /** What happened; silent with `--quiet`. */
  note(text: string): void;
  /** More, with `--verbose`. */
  detail(text: string): void;
  warn(text: string): void;
  /** What the person must see to go on, such as a code to enter: shown with `--quiet` too. */
  show(text: string): void;
  /** Lines of a unified diff. */
  diff(lines: readonly string[]): void;
};

const codes = { red: '31', green: '32', yellow: '33', cyan: '36' } as const;
export type Style = keyof typeof codes;

const diffStyles: Readonly<Record<string, Style>> = { '-': 'red', '+': 'green', '@': 'cyan' };

/** The text in a style, where the terminal shows colour. */
const styled = (terminal: Pick<Terminal, 'color'>, style: Style, text: string): string =>
  terminal.color ? `\u001b[${codes[style]}m${text}\u001b[0m` : text;

/** One line for a person: `pkgauth: <label>: <text>`, control characters escaped (LF10). */
export const labelled = (
  terminal: Pick<Terminal, 'color'>,
  label: string,
  style: Style,
  text: string,
): string => `pkgauth: ${styled(terminal, style, `${label}:`)} ${sanitizeForTerminal(text)}\n`;

// JSON escapes C0 itself; the rest could still move a terminal's cursor or reorder what a person reads.
const jsonText = (value: unknown): string =>
  JSON.stringify(value, undefined, 2).replace(
    /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Lines keep their own line breaks; everything else that a terminal acts on is escaped. */
const safeLines = (text: string): string => text.split('\n').map(sanitizeForTerminal).join('\n');

export const createOutput = (
  terminal: Terminal,
  options: { readonly json: boolean; readonly verbose: boolean; readonly quiet: boolean },
): Output => ({
  json: options.json,
  answer({ json, lines }) {
    if (options.json) terminal.out(`${jsonText({ schema: 1, ...json })}\n`);
    else if (lines.length > 0) terminal.out(`${lines.map(sanitizeForTerminal).join('\n')}\n`);
  },
  note(text) {
    if (!options.quiet) terminal.err(`${safeLines(text)}\n`);
  },
  detail(text) {
    if (options.verbose) terminal.err(`${safeLines(text)}\n`);
  },
  warn(text) {
    terminal.err(labelled(terminal, 'warning', 'yellow', text));
  },
  show(text) {
    terminal.err(`${safeLines(text)}\n`);
  },
  diff(lines) {
    for (const line of lines) {
      const style = diffStyles[line.charAt(0)];
      const safe = sanitizeForTerminal(line);
      terminal.err(`${style === undefined ? safe : styled(terminal, style, safe)}\n`);
    }
  },
});

/** Rows in columns of equal width, as wide as the widest cell. */
export const table = (rows: readonly (readonly string[])[]): string[] => {
  const cells = rows.map((row) => row.map(sanitizeForTerminal));
  const widths = cells.reduce<number[]>(
    (widest, row) => row.map((cell, index) => Math.max(widest[index] ?? 0, cell.length)),
    [],
  );
  return cells.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
};
