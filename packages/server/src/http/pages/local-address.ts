/** Longest `next` that is kept. An authorization request with everything in it stays far below. */
const longest = 2000;

/**
 * The on-site address that a `next` parameter means, or the home page when it could lead anywhere else (DS05): only
 * an absolute path on this origin survives, in the form in which the URL parser read it.
 */
export function localAddress(next: string | undefined): string {
  if (
    next === undefined ||
    next.length > longest ||
    !/^\/(?![/\\])[\x21-\x7e]*$/.test(next) ||
    next.includes('\\')
  )
    return '/';
  const base = 'https://pkgauth.invalid';
  const url = URL.parse(next, base);
  if (url === null || url.origin !== base || url.pathname.startsWith('//')) return '/';
  return url.pathname + url.search;
}
