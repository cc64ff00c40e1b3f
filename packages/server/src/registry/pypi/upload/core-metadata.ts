import { ServiceError } from '../../../core/errors.ts';

/** The fields of a distribution's core metadata that the index needs. */
export type CoreMetadata = { name: string; version: string; requiresPython: string | null };

/**
 * Reads the header block of a `METADATA` or `PKG-INFO` file (core metadata specification: RFC 822 headers, UTF-8).
 * Throws `invalid-request` when a required field is missing, repeated or empty.
 */
export function parseCoreMetadata(bytes: Uint8Array, file: string): CoreMetadata {
  const headers = readHeaders(decode(bytes, file));
  if (single(headers, 'metadata-version', file) === null) throw invalid(`${file} has no Metadata-Version`);
  const name = single(headers, 'name', file);
  const version = single(headers, 'version', file);
  if (name === null) throw invalid(`${file} has no Name`);
  if (version === null) throw invalid(`${file} has no Version`);
  return { name, version, requiresPython: single(headers, 'requires-python', file) };
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalid(`${file} is not UTF-8`);
  }
}

function readHeaders(text: string): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  let latest: string[] | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (line === '') break;
    if (/^[ \t]/.test(line)) {
      if (latest !== undefined) latest[latest.length - 1] += `\n${line.trim()}`;
      continue;
    }
    const colon = line.indexOf(':');
    if (colon < 1) break;
    const name = line.slice(0, colon).toLowerCase();
    latest = headers.get(name) ?? [];
    headers.set(name, latest);
    latest.push(line.slice(colon + 1).trim());
  }
  return headers;
}

function single(headers: Map<string, string[]>, name: string, file: string): string | null {
  const values = headers.get(name) ?? [];
  if (values.length > 1) throw invalid(`${file} has the field ${name} more than once`);
  const value = values[0];
  return value === undefined || value === '' ? null : value;
}

const invalid = (message: string) => new ServiceError('invalid-request', message);
