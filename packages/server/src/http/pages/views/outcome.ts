import { type Html, html, type Part } from '../html.ts';
import type { PageContent } from '../layout.ts';

export type OutcomeKind = 'good' | 'bad' | 'neutral';

const marks: Readonly<Record<OutcomeKind, Html>> = {
  good: html`<path d="m8 12.5 2.8 2.8L16.5 9.5"/>`,
  bad: html`<path d="M12 7.5v5.5M12 16.4v.1"/>`,
  neutral: html`<path d="m9 9 6 6M15 9l-6 6"/>`,
};

export type OutcomeProps = {
  kind: OutcomeKind;
  title: string;
  text: Part;
  /** What there is to do next. */
  link?: { href: string; label: string };
};

/** The end of a conversation: it worked, it did not, it was declined. */
export function outcomePage({ kind, title, text, link }: OutcomeProps): PageContent {
  return {
    title,
    width: 'narrow',
    body: html`<section class="card">
<svg class="mark ${kind}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><circle cx="12" cy="12" r="10"/>${marks[kind]}</svg>
<div class="head"><h1>${title}</h1><p class="lead">${text}</p></div>
${link !== undefined && html`<p><a href="${link.href}">${link.label}</a></p>`}
</section>`,
  };
}

/** A step that the browser takes by itself. */
export function continuePage(to: string): PageContent {
  return {
    title: 'One moment',
    width: 'narrow',
    continueTo: to,
    body: html`<section class="card"><div class="head"><h1>One moment</h1><p class="lead">You are being sent back to your program.</p></div><p><a class="button" href="${to}">Continue</a></p></section>`,
  };
}

/** Every way in which a page can end, in the words that people read. */
export const outcomes = {
  approved: {
    kind: 'good',
    title: 'You are logged in',
    text: 'Your program has what it needs. You can close this page and go back to it.',
  },
  denied: {
    kind: 'neutral',
    title: 'Login denied',
    text: 'Nothing was handed out. If you did not start this login, somebody may have tried to use your account: look at your devices.',
    link: { href: '/#devices', label: 'Look at your devices' },
  },
  ended: {
    kind: 'bad',
    title: 'This login has ended',
    text: 'It has expired, was already used, or was opened in another browser first. Start it again in your program.',
  },
  'link-gone': {
    kind: 'bad',
    title: 'This link no longer works',
    text: 'A sign-in link works once and for a short time. Ask for a new one, or sign in with your password.',
    link: { href: '/sign-in', label: 'Sign in with a password' },
  },
  'signed-out': {
    kind: 'good',
    title: 'You are signed out',
    text: 'Programs on your devices stay logged in. You can end those logins one by one when you sign in again.',
    link: { href: '/sign-in', label: 'Sign in again' },
  },
  'not-found': {
    kind: 'bad',
    title: 'There is nothing here',
    text: 'The address may be mistyped, or what was here is gone.',
    link: { href: '/', label: 'Go to the start page' },
  },
  'form-expired': {
    kind: 'bad',
    title: 'That form was too old',
    text: 'The page that you came from is no longer valid. Nothing was changed. Go back, reload it and try again.',
    link: { href: '/', label: 'Go to the start page' },
  },
  'not-allowed': {
    kind: 'bad',
    title: 'That is not allowed',
    text: 'Your account may not do this. Ask an administrator of the organization.',
    link: { href: '/', label: 'Go to the start page' },
  },
  'too-many': { kind: 'bad', title: 'Too many tries', text: 'Please wait a few minutes and try again.' },
  unavailable: {
    kind: 'bad',
    title: 'Not available for a moment',
    text: 'The service cannot reach its database. Please try again in a minute.',
  },
  failed: {
    kind: 'bad',
    title: 'Something went wrong',
    text: 'That is a fault of the service, not yours. Please try again; if it stays, tell whoever runs this service the request id below.',
  },
} as const satisfies Record<string, OutcomeProps>;

export type OutcomeName = keyof typeof outcomes;
