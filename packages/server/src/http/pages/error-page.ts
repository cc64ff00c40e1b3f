import type { Assets } from './assets.ts';
import { html } from './html.ts';
import { page } from './layout.ts';
import { outcomePage } from './views/outcome.ts';

/**
 * The whole document that the authorization server shows when a request cannot go on, above all when it must not be
 * sent back to where it claims to come from (OA01).
 */
export function createErrorPage(
  origin: string,
  assets: Assets,
): (detail: string, requestId: string) => string {
  const frame = { ...assets, host: new URL(origin).host };
  return (detail, requestId) => {
    const text = html`${sentence(detail)} Start again in your program. If it stays, tell whoever made it: <code>${requestId}</code>`;
    return String(page(frame, outcomePage({ kind: 'bad', title: 'This login cannot go on', text })));
  };
}

/** Error descriptions of OAuth are fragments. */
function sentence(detail: string): string {
  const text = detail.trim();
  return text === '' ? '' : `${text[0]?.toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}
