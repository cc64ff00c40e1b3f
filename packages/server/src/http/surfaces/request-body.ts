import type { Context } from 'hono';
import { ServiceError } from '../../core/errors.ts';
import type { HttpEnv } from '../environment.ts';

/** Bytes. No request of ours needs more. */
const largestBody = 16 * 1024;

async function readText(c: Context<HttpEnv>): Promise<string> {
  const bytes = await c.req.raw.arrayBuffer();
  if (bytes.byteLength > largestBody) {
    throw new ServiceError('too-large', `The body is larger than ${largestBody} bytes`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new ServiceError('invalid-request', 'The body is not UTF-8 text', { cause });
  }
}

function parseJson(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ServiceError('invalid-request', 'The body is not JSON', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ServiceError('invalid-request', 'The body is not a JSON object');
  }
  return value as Record<string, unknown>;
}

function parseForm(text: string): Record<string, unknown> {
  const form = new URLSearchParams(text);
  const names = [...form.keys()];
  if (new Set(names).size < names.length) {
    throw new ServiceError('invalid-request', 'A parameter stands twice in the body');
  }
  return Object.fromEntries(form);
}

/** A JSON object, whatever the Content-Type says. Throws `invalid-request` or `too-large`. */
export const readJsonObject = async (c: Context<HttpEnv>): Promise<Record<string, unknown>> =>
  parseJson(await readText(c));

/**
 * A JSON object or a form, told apart by the text and not by the Content-Type: uv sends none, and curl calls its JSON a
 * form. Throws as `readJsonObject`, and for a parameter that stands twice.
 */
export async function readFields(c: Context<HttpEnv>): Promise<Record<string, unknown>> {
  const text = await readText(c);
  return text.trimStart().startsWith('{') ? parseJson(text) : parseForm(text);
}

/** What a schema of `@pkgauth/protocol/api` reads from the fields. Throws `invalid-request` that names the field. */
export function parseFields<T>(schema: Schema<T>, fields: Record<string, unknown>): T {
  const parsed = schema.safeParse(fields);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') ?? '';
  throw new ServiceError(
    'invalid-request',
    `${field === '' ? 'The body' : field} is missing or not acceptable`,
  );
}

type Schema<T> = {
  safeParse(
    value: unknown,
  ): { success: true; data: T } | { success: false; error: { issues: { path: PropertyKey[] }[] } };
};
