import { errorAt } from '../text/index.ts';
import { type JsonToken, scanJson } from './scan.ts';

/** A member of a JSON object: its value, and its text as written. */
export type JsonMember = { value: unknown; raw: string };
export type JsonMembers = Map<string, JsonMember>;
/** A member as it was read; `start` is where its value begins. */
export type ReadJsonMember = JsonMember & { start: number };

const endOfValue = (tokens: readonly JsonToken[], from: number): number => {
  let depth = 0;
  for (let index = from; ; index++) {
    const kind = tokens[index]?.kind;
    if (kind === '{' || kind === '[') depth++;
    if (kind === '}' || kind === ']') depth--;
    if (depth === 0 || kind === undefined) return index;
  }
};

/**
 * The members of a JSON text that is one object, in their order. Throws `ProtocolError` with line and column when the text
 * is malformed, has duplicate keys, is nested too deep or is not an object.
 */
export const readJsonObject = (text: string): Map<string, ReadJsonMember> => {
  const tokens = scanJson(text);
  if (tokens[0]?.kind !== '{')
    throw errorAt(text, tokens[0]?.start ?? 0, 'the document is not a JSON object');
  const members = new Map<string, ReadJsonMember>();
  for (let index = 1; index < tokens.length - 1; ) {
    const key = tokens[index];
    const last = endOfValue(tokens, index + 2);
    const start = tokens[index + 2]?.start ?? 0;
    const raw = text.slice(start, tokens[last]?.end);
    members.set(JSON.parse(text.slice(key?.start, key?.end)) as string, {
      value: JSON.parse(raw),
      raw,
      start,
    });
    index = last + 2;
  }
  return members;
};

/** A member that is written with `JSON.stringify`. */
export const jsonMember = (value: unknown): JsonMember => ({ value, raw: JSON.stringify(value) });
