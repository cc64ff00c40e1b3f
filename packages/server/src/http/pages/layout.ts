import { type Html, html, type Part } from './html.ts';

/** What every page needs besides its own content. */
export type Frame = {
  /** Address of the stylesheet, with its content hash. */
  stylesheet: string;
  icon: string;
  /** Host of the service, so that people see where they are. */
  host: string;
};

export type PageContent = {
  title: string;
  width: 'narrow' | 'wide';
  body: Part;
  /** Right end of the top bar. */
  corner?: Part;
  /** On-site address that the browser goes to by itself. */
  continueTo?: string;
};

/** The whole document. */
export function page({ stylesheet, icon, host }: Frame, content: PageContent): Html {
  const { title, width, body, corner, continueTo } = content;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
${continueTo !== undefined && html`<meta http-equiv="refresh" content="0; url=${continueTo}">`}
<title>${title} · pkgauth</title>
<link rel="icon" type="image/svg+xml" href="${icon}">
<link rel="stylesheet" href="${stylesheet}">
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top"><a class="brand" href="/">${logo}<span>pkgauth</span></a>${corner}</header>
<main id="main"><div class="${width}">${body}</div></main>
<footer class="foot">${host}</footer>
</body>
</html>
`;
}

const logo = html`<svg viewBox="0 0 32 32" fill="none" stroke="currentColor" stroke-width="2.4" stroke-linejoin="round" aria-hidden="true"><path d="M16 3 27 9v14l-11 6-11-6V9z"/><circle cx="16" cy="14" r="3.4"/><path d="M16 17.4V23" stroke-linecap="round"/></svg>`;

/** The same drawing for the browser's tab. */
export const iconSvg: string = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" stroke="#4b78e6" stroke-width="2.6" stroke-linejoin="round"><path d="M16 3 27 9v14l-11 6-11-6V9z"/><circle cx="16" cy="14" r="3.4"/><path d="M16 17.4V23" stroke-linecap="round"/></svg>`;

export type Tone = 'good' | 'warn' | 'bad';

/** A boxed message. Problems are announced by screen readers as soon as the page is there. */
export function notice(tone: Tone, title: string, text?: Part): Html {
  return html`<div class="notice ${tone}"${tone === 'bad' ? html` role="alert"` : html` role="status"`}><strong>${title}</strong>${text}</div>`;
}

/** Hidden fields of a form; every form that changes something carries at least the form token. */
export function hiddenFields(fields: Readonly<Record<string, string>>): Html[] {
  return Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
}

/** A moment as people read it, in UTC, with the machine-readable form beside it. */
export function moment(at: number): Html {
  const iso = new Date(at).toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC</time>`;
}

export function day(at: number): Html {
  const iso = new Date(at).toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 10)}</time>`;
}
