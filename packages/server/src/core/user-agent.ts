const longestLabel = 80;

/**
 * What a person recognises a program by: the first product of its User-Agent as `name version` (RFC 9110 §10.1.5).
 * uv sends `uv/0.12.6 {"installer":…}`. Anything unprintable is left out.
 */
export function programOf(userAgent: string): string {
  const printable = userAgent.replace(/[^\x20-\x7e]+/g, '');
  const [product = ''] = printable.trim().split(' ');
  const [name = '', version] = product.split('/');
  const label = version === undefined || version === '' ? name : `${name} ${version}`;
  return label === '' ? 'unknown program' : label.slice(0, longestLabel);
}
