/**
 * Everything that could move the cursor, ring, write the clipboard, hide or reorder text: C0 and C1 controls (ESC, CR and
 * line feed among them), soft hyphen, bidirectional and zero-width formatting, line and paragraph separators, byte order
 * mark, interlinear annotations, tags and lone surrogates.
 */
const unsafe =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}\p{Surrogate}]/gu;

const escapeCharacter = (character: string): string => {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
};

/**
 * Text of a server or file made fit for one line of a terminal: whatever a terminal would act on is shown as `\x1b` or
 * `\u{202e}`. Ordinary text of any script passes unchanged.
 */
export const sanitizeForTerminal = (text: string): string => text.replace(unsafe, escapeCharacter);
