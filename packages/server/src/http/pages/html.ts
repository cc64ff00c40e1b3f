import { sanitizeForTerminal } from '@pkgauth/protocol';

/** Markup that is safe to send: made by `html` only. */
export class Html {
  readonly #markup: string;
  constructor(markup: string) {
    this.#markup = markup;
  }
  toString(): string {
    return this.#markup;
  }
}

export type Part = Html | string | number | undefined | null | false | readonly Part[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

/**
 * Template tag for markup. Every value is escaped for text and for quoted attributes; arrays are joined; `undefined`,
 * `null` and `false` vanish. Attribute values must stand in quotes, and an address must go through `localAddress`.
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.reduce((markup, text, at) => markup + render(parts[at - 1]) + text));
}

function render(part: Part): string {
  if (part === undefined || part === null || part === false) return '';
  if (part instanceof Html) return part.toString();
  if (Array.isArray(part)) return part.map(render).join('');
  return escapeText(String(part));
}

/**
 * Text for markup. What could reorder or hide its neighbours (bidirectional overrides, zero-width characters,
 * controls) is shown as an escape, so that a name cannot dress up as another.
 */
function escapeText(text: string): string {
  const lines = text.split('\n').map(sanitizeForTerminal).join('\n');
  return lines.replace(/[&<>"'`]/g, (character) => entities[character] ?? '');
}
