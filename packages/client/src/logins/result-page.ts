import { escapeHtml } from '@pkgauth/protocol';

/** What the browser shows when it comes back. Plain text; escaped here. */
export type Page = { readonly status: number; readonly title: string; readonly text: string };

const style =
  'body{font:17px/1.5 system-ui,sans-serif;max-width:34rem;margin:18vh auto 0;padding:0 1.5rem;color:#1b1f24;background:#fff}' +
  'h1{font-size:1.6rem;margin:0 0 .5rem}' +
  '@media(prefers-color-scheme:dark){body{color:#e6e9ed;background:#15181c}}';

/** SHA-256 of `style`, so that the policy allows exactly it. */
const styleDigest = 'Tbg5mRgWWavZR3y3AIWal7fadYQVlVZAVOeKD0q9ZqA=';

/** A page without scripts or links, that nothing may cache, frame or refer from (LF06). */
export const renderPage = ({
  status,
  title,
  text,
}: Page): { status: number; headers: Record<string, string>; body: string } => ({
  status,
  headers: {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${styleDigest}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
    Connection: 'close',
  },
  body:
    '<!doctype html><html lang="en"><head><meta charset="utf-8">' +
    '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">' +
    `<title>${escapeHtml(title)}</title><style>${style}</style></head>` +
    `<body><main><h1>${escapeHtml(title)}</h1><p>${escapeHtml(text)}</p></main></body></html>\n`,
});
