import { type Html, html } from '../html.ts';
import { hiddenFields, notice, type PageContent } from '../layout.ts';

export type SignInProps = {
  formToken: string;
  /** On-site address to go on to. */
  next: string;
  email?: string;
  problem?: string;
  /** What the person is about to do once signed in, as a full sentence. */
  purpose?: string;
};

export function signInPage({ formToken, next, email = '', problem, purpose }: SignInProps): PageContent {
  return {
    title: 'Sign in',
    width: 'narrow',
    body: html`<section class="card">
<div class="head"><h1>Sign in</h1>${purpose !== undefined && html`<p class="lead">${purpose}</p>`}</div>
${problem !== undefined && notice('bad', 'That did not work', problem)}
<form method="post" action="/sign-in">
${hiddenFields({ form_token: formToken, next })}
<div class="field"><label for="email">Email</label><input id="email" name="email" type="email" value="${email}" autocomplete="username" required maxlength="254"${email === '' && html` autofocus`}></div>
<div class="field"><label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" required maxlength="200"${email !== '' && html` autofocus`}></div>
<button type="submit">Sign in</button>
</form>
<p class="hint">No password yet? Use the sign-in link that the service printed when it started, or ask an administrator for one.</p>
</section>`,
  };
}

/** A one-time link is used by the button only, so that what previews links does not use it up. */
export function signInLinkPage(props: { formToken: string; secret: string }): PageContent {
  return {
    title: 'Sign in',
    width: 'narrow',
    body: html`<section class="card">
<div class="head"><h1>Sign in with your link</h1><p class="lead">This link works once. It signs this browser in.</p></div>
<form method="post" action="/sign-in/link/${props.secret}">
${hiddenFields({ form_token: props.formToken })}
<button type="submit" autofocus>Sign in</button>
</form>
</section>`,
  };
}

/** The right end of the top bar for a signed-in person. */
export function signOutForm(email: string, formToken: string): Html {
  return html`<form method="post" action="/sign-out">${hiddenFields({ form_token: formToken })}<button type="submit" class="plain small" title="${email}">Sign out</button></form>`;
}
