const longestRun = (text: string, character: string): number =>
  Math.max(0, ...(text.match(new RegExp(`${character}+`, 'g')) ?? []).map((run) => run.length));

const shortEscapes: Record<string, string> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
  '"': '\\"',
  '\\': '\\\\',
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is escaped
const needsEscape = /["\\\u0000-\u001f\u007f]/g;

const escapeCharacter = (character: string): string =>
  shortEscapes[character] ?? `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;

/**
 * A one-line TOML string in the notation that uv's writer chooses (measured on 0.13.9): basic, literal, multi-line basic or
 * multi-line literal, whichever first needs no escapes, else basic with escapes. A value with line feeds is written basic.
 */
export const formatTomlString = (value: string): string => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a tab alone needs no escape in literal strings
  const hasControls = /[\u0000-\u0008\u000a-\u001f\u007f]/.test(value);
  const doubleRun = longestRun(value, '"');
  const singleRun = longestRun(value, "'");
  const hasBackslash = value.includes('\\');
  if (!hasControls && (doubleRun > 0 || hasBackslash)) {
    if (singleRun === 0) return `'${value}'`;
    if (!hasBackslash && doubleRun <= 2) return `"""${value.replaceAll('\t', '\\t')}"""`;
    if (singleRun <= 2) return `'''${value}'''`;
  }
  return `"${value.replace(needsEscape, escapeCharacter)}"`;
};
