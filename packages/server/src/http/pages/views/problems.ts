import { html } from '../html.ts';
import type { PageContent } from '../layout.ts';

export type ProblemDoc = { code: string; status: number; title: string; remedy: string };

/** What an error code means and what to do about it: the `type` of our problem details leads here. */
export function problemPage({ code, status, title, remedy }: ProblemDoc): PageContent {
  return {
    title,
    width: 'narrow',
    body: html`<section class="card"><div class="head"><h1>${title}</h1><p class="lead"><code>${code}</code>, HTTP status ${status}</p></div><p>${remedy.replaceAll('`', '')}</p></section>`,
  };
}
