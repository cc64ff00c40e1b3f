import { redactText, sanitizeForTerminal } from '../credentials/index.ts';
import { readAnswer, textOf } from './answer.ts';

/** Why a server refused, in its words: fit for one line of a terminal, secrets hidden, at most 500 characters. */
export type ServerError = {
  /** OAuth error code, or the problem's `code`. */
  code: string;
  description?: string;
};

const show = (text: string): string => {
  const shown = redactText(sanitizeForTerminal(text.slice(0, 2000)));
  return shown.length > 500 ? `${shown.slice(0, 499)}…` : shown;
};

/**
 * Reads a refusal: OAuth's `error` and `error_description` (RFC 6749 §5.2), or the `code`, `title` and `detail` of
 * problem+json (RFC 9457). `undefined` for anything else, such as a proxy's web page.
 */
export const parseErrorBody = (input: string | Uint8Array): ServerError | undefined => {
  let members: Record<string, unknown>;
  try {
    members = readAnswer(input);
  } catch {
    return undefined;
  }
  const code = textOf(members.error) ?? textOf(members.code);
  const description = textOf(members.error_description) ?? textOf(members.detail) ?? textOf(members.title);
  if (code === undefined) return undefined;
  return { code: show(code), ...(description === undefined ? {} : { description: show(description) }) };
};
