import type { IncomingHttpHeaders } from 'node:http';

/** Milliseconds: how long a document is taken to be right when its upstream does not say, and at most. */
const longestFresh = 10 * 60 * 1000;

/**
 * How long an upstream's answer may be used without asking again (RFC 9111 §4.2): its `max-age` less its `Age`, never
 * longer than `longestFresh`.
 */
export function freshFor(headers: IncomingHttpHeaders): number {
  const control = headers['cache-control']?.toLowerCase() ?? '';
  if (/(?:^|[\s,])no-(?:cache|store)(?:$|[\s,=])/.test(control)) return 0;
  const maxAge = /(?:^|[\s,])max-age\s*=\s*"?(\d{1,10})/.exec(control)?.[1];
  if (maxAge === undefined) return longestFresh;
  const age = /^\d{1,10}$/.test(headers.age ?? '') ? Number(headers.age) : 0;
  return Math.min(Math.max(0, Number(maxAge) - age) * 1000, longestFresh);
}
