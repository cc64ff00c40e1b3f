import type { ApiKey, BrowserSession, LoginSession, Role, ValidityDays } from '../../../core/model.ts';
import { browserName } from '../browser-name.ts';
import { type Html, html, type Part } from '../html.ts';
import { day, hiddenFields, moment, notice, type PageContent } from '../layout.ts';

/** An index that a member may install from, and what is printed to do so. */
export type IndexProps = { name: string; url: string; public: boolean };
export type OrganizationProps = {
  slug: string;
  title: string;
  role: Role;
  indexes: readonly IndexProps[];
  /** Addresses that packages may be published to. */
  uploads: readonly { name: string; url: string }[];
};

export type HomeProps = {
  formToken: string;
  now: number;
  origin: string;
  person: { email: string; name: string; hasPassword: boolean };
  organizations: readonly OrganizationProps[];
  keys: readonly (ApiKey & { organization: string })[];
  devices: readonly (LoginSession & { client: string })[];
  browsers: readonly (BrowserSession & { current: boolean })[];
  validities: readonly ValidityDays[];
  /** What has just happened. */
  message?: Html | undefined;
};

/** Everything that a person may see and do about the own account. */
export function homePage(props: HomeProps): PageContent {
  return {
    title: 'Your account',
    width: 'wide',
    body: html`<div class="head"><h1>Hello, <bdi>${props.person.name || props.person.email}</bdi></h1>
<p class="lead">You are signed in as <bdi>${props.person.email}</bdi>.</p></div>
${props.message}
${install(props)}
${apiKeys(props)}
${devices(props)}
${browsers(props)}
${password(props)}`,
  };
}

function section(id: string, title: string, lead: Part, body: Part): Html {
  return html`<section class="card" id="${id}" aria-labelledby="${id}-title"><div class="head"><h2 id="${id}-title">${title}</h2>${lead !== '' && html`<p class="lead">${lead}</p>`}</div>${body}</section>`;
}

function install({ organizations, origin }: HomeProps): Html {
  const login = html`<div class="commands"><p>Log this machine in, once:</p><pre><code>pkgauth login ${origin}</code></pre></div>`;
  const none = html`<p>You are not a member of any organization yet. An administrator can add you.</p>`;
  return section(
    'install',
    'Install packages',
    'Click a command to select all of it.',
    html`${login}${organizations.length === 0 ? none : organizations.map((one) => organization(one))}`,
  );
}

function organization({ slug, title, role, indexes, uploads }: OrganizationProps): Html {
  return html`<div class="commands"><div class="title"><h3><bdi>${title}</bdi></h3><span class="tag">${slug} · ${role}</span></div>
${indexes.length === 0 && html`<p class="hint">It has no index yet. An administrator adds registries with <code>pkgauth-server admin registry add</code>.</p>`}
${indexes.map((index, at) => html`<details${at === 0 && html` open`}><summary><bdi>${slug}/${index.name}</bdi>${index.public && html` <span class="tag">public</span>`}</summary>${commands(index.url)}</details>`)}
${uploads.map(({ name, url }) => html`<details><summary>Publish to <bdi>${slug}/${name}</bdi></summary><div class="commands"><p>With twine:</p><pre><code>twine upload --repository-url ${url} --username __token__ dist/*</code></pre><p>With uv:</p><pre><code>uv publish --publish-url ${url} --username __token__ --keyring-provider subprocess</code></pre></div></details>`)}
</div>`;
}

function commands(url: string): Html {
  const named = withUser(url);
  return html`<div class="commands"><p>With uv:</p><pre><code>uv pip install --keyring-provider subprocess --index-url ${named} PACKAGE</code></pre>
<p>With pip:</p><pre><code>pip install --keyring-provider subprocess --index-url ${named} PACKAGE</code></pre>
<p>Or write it into their configuration for good:</p><pre><code>pkgauth setup uv --index ${url}
pkgauth setup pip --index ${url}</code></pre></div>`;
}

/** uv asks the keyring program only for an address with a user name in it. */
function withUser(url: string): string {
  const named = new URL(url);
  named.username = '__token__';
  return named.href;
}

function apiKeys({ keys, formToken, organizations, validities, now }: HomeProps): Html {
  const rows = keys.map((key) => {
    const state = key.revokedAt !== null ? 'revoked' : key.expiresAt <= now ? 'expired' : undefined;
    return html`<tr><td data-label="Name"><bdi>${key.name}</bdi></td><td data-label="Organization">${key.organization}</td><td data-label="Created">${day(key.createdAt)}</td><td data-label="Last used">${lastUse(key.lastUsedAt)}</td><td data-label="Expires">${day(key.expiresAt)}</td><td>${state === undefined ? post(`/keys/${key.id}/revoke`, formToken, 'Revoke', key.name) : html`<span class="tag">${state}</span>`}</td></tr>`;
  });
  const list =
    keys.length > 0 &&
    table(['Name', 'Organization', 'Created', 'Last used', 'Expires'], 'Your API keys', rows);
  return section(
    'keys',
    'API keys',
    'For machines and scripts that cannot open a browser. Send a key as a bearer token, or as the password of the user __token__.',
    html`${list}${organizations.length > 0 && newKey({ formToken, organizations, validities })}`,
  );
}

function newKey({
  formToken,
  organizations,
  validities,
}: Pick<HomeProps, 'formToken' | 'organizations' | 'validities'>): Html {
  return html`<form method="post" action="/keys">${hiddenFields({ form_token: formToken })}<div class="row">
<div class="field"><label for="key-name">Name</label><input id="key-name" name="name" required maxlength="100" autocomplete="off" placeholder="What will use it"></div>
<div class="field"><label for="key-organization">Organization</label><select id="key-organization" name="organization">${organizations.map(({ slug }) => html`<option value="${slug}">${slug}</option>`)}</select></div>
<div class="field"><label for="key-validity">Valid for</label><select id="key-validity" name="validity_days">${validities.map((days) => html`<option value="${days}"${days === 365 && html` selected`}>${days === 365 ? '1 year' : `${days} days`}</option>`)}</select></div>
<button type="submit">Create API key</button></div></form>`;
}

function devices({ devices: list, formToken }: HomeProps): Html {
  const rows = list.map((one) => {
    const name = one.label === '' ? one.client : one.label;
    return html`<tr><td data-label="Program"><bdi>${name}</bdi></td><td data-label="Address">${one.ip}</td><td data-label="Since">${moment(one.createdAt)}</td><td data-label="Last used">${moment(one.lastUsedAt)}</td><td>${post(`/devices/${one.id}/revoke`, formToken, 'Log out', name)}</td></tr>`;
  });
  const body =
    list.length === 0
      ? html`<p>No program is logged in as you.</p>`
      : table(['Program', 'Address', 'Since', 'Last used'], 'Programs that are logged in as you', rows);
  return section(
    'devices',
    'Devices',
    'Programs that are logged in as you. Logging one out takes effect at once.',
    body,
  );
}

function browsers({ browsers: list, formToken }: HomeProps): Html {
  const rows = list.map(
    (one) =>
      html`<tr><td data-label="Browser"><bdi>${browserName(one.userAgent)}</bdi></td><td data-label="Address">${one.ip}</td><td data-label="Since">${moment(one.createdAt)}</td><td>${one.current ? html`<span class="tag">this one</span>` : post(`/browsers/${one.id}/revoke`, formToken, 'Sign out', browserName(one.userAgent))}</td></tr>`,
  );
  return section(
    'browsers',
    'Browsers',
    '',
    table(['Browser', 'Address', 'Since'], 'Browsers that are signed in as you', rows),
  );
}

function password({ formToken, person }: HomeProps): Html {
  const current = html`<div class="field"><label for="current-password">Current password</label><input id="current-password" name="current_password" type="password" autocomplete="current-password" required maxlength="200"></div>`;
  return section(
    'password',
    person.hasPassword ? 'Change your password' : 'Set a password',
    'This also logs out every program and every other browser.',
    html`<form method="post" action="/password">${hiddenFields({ form_token: formToken })}<input class="hidden" type="text" name="username" value="${person.email}" autocomplete="username" tabindex="-1" aria-hidden="true" readonly><div class="row">
${person.hasPassword && current}
<div class="field"><label for="new-password">New password</label><input id="new-password" name="new_password" type="password" autocomplete="new-password" required minlength="10" maxlength="200" aria-describedby="password-hint"></div>
<button type="submit">${person.hasPassword ? 'Change password' : 'Set password'}</button></div>
<p class="hint" id="password-hint">At least 10 characters. A few words in a row make a good one.</p></form>`,
  );
}

function table(headings: readonly string[], caption: string, rows: readonly Html[]): Html {
  return html`<table><caption class="hidden">${caption}</caption><thead><tr>${headings.map((one) => html`<th scope="col">${one}</th>`)}<th scope="col"><span class="hidden">Action</span></th></tr></thead><tbody>${rows}</tbody></table>`;
}

function post(action: string, formToken: string, label: string, what: string): Html {
  return html`<form method="post" action="${action}">${hiddenFields({ form_token: formToken })}<button type="submit" class="small danger">${label}<span class="hidden"> ${what}</span></button></form>`;
}

function lastUse(at: number | null): Part {
  return at === null ? 'never' : day(at);
}

/** The only time that a new key is shown. */
export function newKeyMessage(key: string, expiresAt: number): Html {
  return notice(
    'good',
    'Your new API key',
    html`<p>Copy it now: it is shown this once. It expires on ${day(expiresAt)}.</p><pre><code>${key}</code></pre>`,
  );
}
