/** Content types of the simple API's answers. */
export const simpleContentTypes = {
  json: 'application/vnd.pypi.simple.v1+json',
  html: 'text/html; charset=utf-8',
} as const;

type Notation = 'json' | 'html';

const offers = new Map<string, Notation>([
  ['application/vnd.pypi.simple.v1+json', 'json'],
  ['application/vnd.pypi.simple.latest+json', 'json'],
  ['application/vnd.pyx.simple.v1+json', 'json'],
  ['application/vnd.pypi.simple.v1+html', 'html'],
  ['application/vnd.pypi.simple.latest+html', 'html'],
  ['text/html', 'html'],
  ['application/xhtml+xml', 'html'],
]);

const ranges = new Map<string, Notation[]>([
  ['*/*', ['html', 'json']],
  ['application/*', ['json']],
  ['text/*', ['html']],
]);

/** A quality value as RFC 9110 §12.4.2; malformed ones count as 0. */
const qualityOf = (parameters: string[]): number => {
  for (const parameter of parameters) {
    const [name = '', value = ''] = parameter.split('=', 2);
    if (name.trim().toLowerCase() !== 'q') continue;
    return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(value.trim()) ? Number(value) : 0;
  }
  return 1;
};

type Best = { quality: number; specificity: number };

const better = (a: Best | undefined, b: Best): Best =>
  a === undefined ||
  b.specificity > a.specificity ||
  (b.specificity === a.specificity && b.quality > a.quality)
    ? b
    : a;

/**
 * Which notation of the simple API answers this `Accept` header. A more specific range overrides a less specific one; JSON
 * wins a tie, but without any header or preference the answer is HTML, as PEP 691 wants for old clients. pyx's JSON type
 * counts as JSON: uv reads PyPI's in its place.
 */
export const negotiateSimple = (accept: string | undefined): Notation | 'not-acceptable' => {
  if (accept === undefined || accept.trim() === '') return 'html';
  if (accept.length > 8192) return 'not-acceptable';
  const best: { json?: Best; html?: Best } = {};
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';');
    const name = type.trim().toLowerCase();
    const exact = offers.get(name);
    const quality = qualityOf(parameters);
    const specificity = exact !== undefined ? 3 : name === '*/*' ? 1 : 2;
    for (const notation of exact === undefined ? (ranges.get(name) ?? []) : [exact]) {
      best[notation] = better(best[notation], { quality, specificity });
    }
  }
  const json = best.json?.quality ?? 0;
  const html = best.html?.quality ?? 0;
  if (json === 0 && html === 0) return 'not-acceptable';
  if (json === html) return best.json?.specificity === 1 && best.html?.specificity === 1 ? 'html' : 'json';
  return json > html ? 'json' : 'html';
};
