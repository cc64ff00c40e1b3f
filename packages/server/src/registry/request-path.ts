/**
 * The one canonical form of a request path. What is decided upon and what is looked up is the same list of segments,
 * so that no spelling (`%2e%2e`, `%2f`, `//`, `;x`, `\`, overlong UTF-8) means one thing to the check and another to
 * the file behind it.
 */
export type CanonicalPath = {
  /** Percent-decoded, none of them empty, `.` or `..`. */
  segments: string[];
  /** Whether the path ended in a slash. */
  slash: boolean;
};

/** `pchar` of RFC 3986 §3.3 without `;`, plus the slash: nothing of it can be written in a second way. */
const plain = /^[A-Za-z0-9\-._~!$&'()*+,=:@/]*$/;
/** The same with percent-encoded octets. */
const encoded = /^(?:[A-Za-z0-9\-._~!$&'()*+,=:@/]|%[0-9A-Fa-f]{2})*$/;
/** What may not hide behind an encoding: separators, a second encoding, control characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const forbidden = /[/\\%;?#\u0000-\u001f\u007f-\u009f]/;
const dots = /^\.{1,2}$/;

/** Longer paths are refused before anything looks at them; the longest name of a file system is 255. */
const longest = 2048;

/**
 * Parses the path of an origin-form request target (RFC 9112 §3.2.1) and drops its query, which means nothing here.
 * Answers `undefined` for what has no canonical form: that is a 400.
 */
export function parseRequestPath(target: string): CanonicalPath | undefined {
  // RFC 9112 §3.2.1 has no fragment in a target: whoever sends one wants it read in two ways.
  if (target.length > longest || target.includes('#')) return undefined;
  const query = target.indexOf('?');
  const path = query === -1 ? target : target.slice(0, query);
  if (path.charCodeAt(0) !== 0x2f) return undefined;
  const slash = path.length > 1 && path.charCodeAt(path.length - 1) === 0x2f;
  const inner = path.slice(1, slash ? -1 : undefined);
  const segments = inner === '' && !slash ? [] : inner.split('/');
  if (plain.test(path)) return segments.some(isDotsOrEmpty) ? undefined : { segments, slash };
  if (!encoded.test(path)) return undefined;
  for (const [index, segment] of segments.entries()) {
    const decoded = decodeSegment(segment);
    if (decoded === undefined) return undefined;
    segments[index] = decoded;
  }
  return { segments, slash };
}

function isDotsOrEmpty(segment: string): boolean {
  return segment === '' || dots.test(segment);
}

function decodeSegment(segment: string): string | undefined {
  try {
    const decoded = decodeURIComponent(segment);
    return isDotsOrEmpty(decoded) || forbidden.test(decoded) ? undefined : decoded;
  } catch {
    return undefined;
  }
}

/** Inverse of the decoding, for addresses that the service writes: canonical, so that it parses back to itself. */
export function formatPath(segments: readonly string[], slash: boolean): string {
  return `/${segments.map(encodeURIComponent).join('/')}${slash ? '/' : ''}`;
}
