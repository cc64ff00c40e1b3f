import type { IncomingHttpHeaders } from 'node:http';
import type { ByteRange } from './pypi/source.ts';

/**
 * The conditional and partial requests of RFC 9110 §13 and §14 for representations with a strong entity tag and no
 * date.
 */

/** Whether `If-None-Match` names one of `tags` (with their quotes): then the answer is 304. Weak comparison, §13.1.2. */
export function matchesTag(ifNoneMatch: string | undefined, ...tags: readonly string[]): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  // Tags hold no quote, so that a tag with its quotes can only be found as a whole one.
  return tags.some((tag) => ifNoneMatch.includes(tag));
}

/**
 * The range that a GET asks for, or `undefined` when it is to have the whole: no range, another unit, more than one
 * range, nonsense, or an `If-Range` that does not hold `tag` (§13.1.5: strong comparison; a date never matches).
 */
export function requestedRange(headers: IncomingHttpHeaders, tag: string | undefined): ByteRange | undefined {
  const { range } = headers;
  if (range === undefined) return undefined;
  const condition = headers['if-range'];
  if (condition !== undefined && condition !== tag) return undefined;
  return parseRange(range);
}

export function parseRange(text: string): ByteRange | undefined {
  const match = /^bytes=[ \t]*(\d{0,15})-(\d{0,15})[ \t]*$/i.exec(text);
  if (match === null) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '') return last === '' ? undefined : { suffix: Number(last) };
  const range = { first: Number(first), last: last === '' ? undefined : Number(last) };
  return range.last !== undefined && range.last < range.first ? undefined : range;
}

/** First and last byte (both included) within `size`, or `undefined` when nothing of the range exists: 416. */
export function resolveRange(range: ByteRange, size: number): { first: number; last: number } | undefined {
  if ('suffix' in range) {
    if (range.suffix === 0 || size === 0) return undefined;
    return { first: Math.max(0, size - range.suffix), last: size - 1 };
  }
  if (range.first >= size) return undefined;
  return { first: range.first, last: Math.min(range.last ?? size - 1, size - 1) };
}

/** Whether `Accept-Encoding` allows gzip (RFC 9110 §12.5.3). */
export function acceptsGzip(header: string | string[] | undefined): boolean {
  if (header === undefined) return false;
  const text = String(header);
  // What every client sends; the parse is for the rare one that says more.
  if (!text.includes('q=')) return /(?:^|[\s,])(?:gzip|x-gzip|\*)(?:[\s,;]|$)/i.test(text);
  let any = false;
  for (const item of text.split(',')) {
    const [name = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
    const accepted = !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
    if (name === 'gzip' || name === 'x-gzip') return accepted;
    if (name === '*') any = accepted;
  }
  return any;
}
