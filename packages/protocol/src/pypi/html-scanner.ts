/** A start tag: its name in lower case, its attributes (names in lower case, references decoded), and where it ends. */
export type StartTag = { name: string; attributes: Map<string, string>; end: number };

const named = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['nbsp', '\u00a0'],
]);

const decodeReference = (whole: string, decimal?: string, hex?: string, name?: string): string => {
  if (name !== undefined) return named.get(name) ?? whole;
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
    ? String.fromCodePoint(code)
    : '\ufffd';
};

/** Text with its character references decoded: numeric ones and those that index pages use. */
export const decodeReferences = (text: string): string =>
  text.includes('&')
    ? text.replace(/&(?:#(\d{1,8})|#x([0-9a-f]{1,8})|([a-z]{2,8}));/gi, decodeReference)
    : text;

const attributeName = /[\s/]*([^\s/>=]+|=[^\s/>=]*)/y;
const equalsSign = /\s*=\s*/y;
const unquoted = /[^\s>]*/y;
const tagEnd = /[\s/]*>/y;

const matchAt = (text: string, at: number, pattern: RegExp): RegExpExecArray | null => {
  pattern.lastIndex = at;
  return pattern.exec(text);
};

/** Reads the value behind an attribute's name; an unclosed quotation runs to the end of the text. */
const readValue = (html: string, at: number): { value: string; end: number } => {
  const sign = matchAt(html, at, equalsSign);
  if (sign === null) return { value: '', end: at };
  const start = at + sign[0].length;
  const quote = html[start];
  if (quote === '"' || quote === "'") {
    const close = html.indexOf(quote, start + 1);
    return close < 0
      ? { value: '', end: html.length }
      : { value: html.slice(start + 1, close), end: close + 1 };
  }
  const value = matchAt(html, start, unquoted)?.[0] ?? '';
  return { value, end: start + value.length };
};

const readAttributes = (html: string, from: number): { attributes: Map<string, string>; end: number } => {
  const attributes = new Map<string, string>();
  for (let at = from; at < html.length; ) {
    const close = matchAt(html, at, tagEnd);
    if (close !== null) return { attributes, end: at + close[0].length };
    const match = matchAt(html, at, attributeName);
    if (match === null) break;
    const { value, end } = readValue(html, at + match[0].length);
    const name = (match[1] ?? '').toLowerCase();
    if (!attributes.has(name)) attributes.set(name, decodeReferences(value));
    at = end;
  }
  return { attributes, end: html.length };
};

const tagName = /<([a-z][^\s/>]*)/iy;
const rawElements = new Map([
  ['script', /<\/script/gi],
  ['style', /<\/style/gi],
  ['textarea', /<\/textarea/gi],
  ['title', /<\/title/gi],
]);

const indexAfter = (html: string, needle: string, at: number): number => {
  const found = html.indexOf(needle, at);
  return found < 0 ? html.length : found + needle.length;
};

/** Where scanning goes on behind markup that is no start tag: a comment, a declaration, an end tag, or a lone `<`. */
const skipMarkup = (html: string, at: number): number => {
  if (html.startsWith('<!--', at)) return indexAfter(html, '-->', at + 2);
  return /^<[!?/]/.test(html.slice(at, at + 2)) ? indexAfter(html, '>', at) : at + 1;
};

/**
 * The start tags of an HTML document in order, what stands inside comments and raw text left out. One pass, linear in the length
 * of the document whatever it contains.
 */
export const startTags = function* (html: string): Generator<StartTag, void> {
  for (let at = html.indexOf('<'); at >= 0; at = html.indexOf('<', at)) {
    const name = matchAt(html, at, tagName)?.[1]?.toLowerCase();
    if (name === undefined) {
      at = skipMarkup(html, at);
      continue;
    }
    const { attributes, end } = readAttributes(html, at + 1 + name.length);
    yield { name, attributes, end };
    const raw = rawElements.get(name);
    at = raw === undefined ? end : (matchAt(html, end, raw)?.index ?? html.length);
  }
};
