import type { JsonMembers } from './document.ts';
import { scanJson } from './scan.ts';

/** An object of raw members without any white space between them. */
export const printCompact = (members: JsonMembers): string =>
  `{${[...members].map(([key, { raw }]) => `${JSON.stringify(key)}:${raw}`).join(',')}}`;

/**
 * The same JSON text laid out with two spaces a level, strings and numbers spelled as they were; empty objects and arrays
 * stay on their line.
 */
export const indentJson = (text: string): string => {
  let result = '';
  let depth = 0;
  let before = '';
  const newLine = () => `\n${'  '.repeat(depth)}`;
  for (const { kind, start, end } of scanJson(text)) {
    const closes = kind === '}' || kind === ']';
    const opened = before === '{' || before === '[';
    if (closes) depth--;
    if (closes ? !opened : opened || before === ',') result += newLine();
    result += text.slice(start, end);
    if (kind === ':') result += ' ';
    if (kind === '{' || kind === '[') depth++;
    before = kind;
  }
  return result;
};
