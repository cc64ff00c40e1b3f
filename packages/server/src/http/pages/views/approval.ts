import { type Html, html, type Part } from '../html.ts';
import { hiddenFields, moment, notice, type PageContent } from '../layout.ts';

export type ApprovalProps = {
  formToken: string;
  /** Where the decision is posted to; the pressed button sends `decision=approve` or `deny`. */
  action: string;
  hidden?: Readonly<Record<string, string>>;
  /** What asks, in words: "uv 0.12.6 on Linux". */
  program: string;
  ip: string;
  /** When it asked, milliseconds. */
  askedAt: number;
  /** What it will be able to do, one line each. */
  gets: readonly string[];
  /** To be compared with what the program shows. */
  code?: string;
  /** Where the browser is sent afterwards, when it leaves this site. */
  returnsTo?: string;
  person: { email: string; name: string };
};

/** The question whether a program may act for the signed-in person. Says what is known of who asks. */
export function approvalPage(props: ApprovalProps): PageContent {
  return {
    title: 'Approve a login',
    width: 'narrow',
    body: html`<section class="card">
<div class="head"><h1>Let <bdi>${props.program}</bdi> log in?</h1>
<p class="lead">It will act for you, <bdi>${props.person.email}</bdi>.</p></div>
${props.code !== undefined && codeToCompare(props.code)}
<dl class="facts">
<dt>Program</dt><dd><bdi>${props.program}</bdi></dd>
<dt>Address</dt><dd>${props.ip}</dd>
<dt>Asked</dt><dd>${moment(props.askedAt)}</dd>
${props.returnsTo !== undefined && html`<dt>Returns to</dt><dd>${props.returnsTo}</dd>`}
</dl>
${receives(props.gets)}
${notice('warn', 'Did you start this yourself?', 'If somebody sent you a link or a code, deny: approving would let them in as you.')}
<form method="post" action="${props.action}">
${hiddenFields({ form_token: props.formToken, ...props.hidden })}
<div class="actions">
<button type="submit" name="decision" value="approve">Approve</button>
<button type="submit" name="decision" value="deny" class="plain">Deny</button>
</div>
</form>
</section>`,
  };
}

function codeToCompare(code: string): Html {
  return html`<div><p>Your program must show this very code:</p><p class="user-code">${code}</p></div>`;
}

function receives(gets: readonly string[]): Part {
  return html`<div><h2>It will be able to</h2><ul class="list">${gets.map((line) => html`<li>${line}</li>`)}</ul></div>`;
}

export type DeviceCodeProps = { formToken: string; code?: string; problem?: string };

/** Where the code of a device is typed in. A code that came with the link is filled in but never sent by itself. */
export function deviceCodePage({ formToken, code = '', problem }: DeviceCodeProps): PageContent {
  return {
    title: 'Connect a device',
    width: 'narrow',
    body: html`<section class="card">
<div class="head"><h1>Connect a device</h1><p class="lead">Type in the code that your program shows.</p></div>
${problem !== undefined && notice('bad', 'That code does not work', problem)}
<form method="post" action="/activate">
${hiddenFields({ form_token: formToken })}
<div class="field"><label for="user_code">Code</label><input id="user_code" name="user_code" class="code-entry" value="${code}" autocomplete="off" autocapitalize="characters" spellcheck="false" required maxlength="20" placeholder="XXXX-XXXX" aria-describedby="code-hint" autofocus></div>
<p class="hint" id="code-hint">Only enter a code that you see on a screen of your own. Never one that somebody sent you.</p>
<button type="submit">Continue</button>
</form>
</section>`,
  };
}
