import { randomUUID } from 'node:crypto';
import type { Person } from './browser.ts';

export type Tokens = { access_token: string; refresh_token: string };

/** A browser without a window: keeps cookies, follows redirects and fills in the forms of the last page. */
export class FormBrowser {
  readonly #origin: string;
  readonly #cookies = new Map<string, string>();
  #page = '';
  status = 0;

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** The secret of the signed-in session. */
  get session(): string {
    return this.#cookies.get('pkgauth-session') ?? '';
  }

  get #cookieHeader(): string {
    return [...this.#cookies].map((pair) => pair.join('=')).join('; ');
  }

  visit(path: string): Promise<string> {
    return this.#request(new URL(path, this.#origin));
  }

  /** Posts a form of the page that is shown, its hidden fields included. */
  submit(path: string, fields: Record<string, string>): Promise<string> {
    return this.#request(new URL(path, this.#origin), { ...hiddenFields(this.#page), ...fields });
  }

  /** Follows a link that leads away from the service; answers where to. */
  async leave(url: string): Promise<string> {
    const response = await fetch(url, { redirect: 'manual', headers: { cookie: this.#cookieHeader } });
    return response.headers.get('location') ?? '';
  }

  async signIn({ email, password }: Person): Promise<string> {
    await this.visit('/sign-in?again=1');
    return this.submit('/sign-in', { email, password });
  }

  async #request(url: URL, form?: Record<string, string>): Promise<string> {
    const cookie = this.#cookieHeader;
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie, ...(form === undefined ? {} : { origin: url.origin }) },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      this.#cookies.set(name, value);
    }
    const location = response.headers.get('location');
    this.#page = await response.text();
    this.status = response.status;
    return location === null ? this.#page : this.#request(new URL(location, url));
  }
}

function hiddenFields(page: string): Record<string, string> {
  const inputs = page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g);
  return Object.fromEntries([...inputs].map(([, name, value]) => [name ?? '', value ?? '']));
}

/** Logs in through the pyx door, as uv 0.12.6 does, with the person's approval on the real page. */
export async function pyxLogin(origin: string, browser: FormBrowser): Promise<Tokens> {
  const path = `/auth/cli/login/${randomUUID()}`;
  const approve = async () => {
    await browser.visit(path);
    await browser.submit(path, { decision: 'approve' });
  };
  const [answer] = await Promise.all([fetch(origin + path.replace('login', 'status')), approve()]);
  return tokensOf(answer);
}

async function tokensOf(answer: Response): Promise<Tokens> {
  if (answer.status !== 200) throw new Error(`no tokens: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Tokens;
}

/** Logs in through the OAuth device flow, as our own client does with `--device`. */
export async function deviceLogin(origin: string, browser: FormBrowser): Promise<Tokens> {
  const form = (fields: Record<string, string>) => ({ method: 'POST', body: new URLSearchParams(fields) });
  const client_id = 'pkgauth';
  const scope = 'openid profile offline_access channel:read channel:upload';
  const begun = await fetch(`${origin}/oauth2/device/code`, form({ client_id, scope }));
  const { device_code, user_code } = (await begun.json()) as Record<string, string>;
  await approveDevice(browser, user_code ?? '');
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
  const answer = await fetch(
    `${origin}/oauth2/token`,
    form({ client_id, grant_type, device_code: device_code ?? '' }),
  );
  return tokensOf(answer);
}

/** Types the code of a device in and approves it. */
export async function approveDevice(browser: FormBrowser, userCode: string): Promise<string> {
  await browser.visit('/activate');
  await browser.submit('/activate', { user_code: userCode });
  return browser.submit('/activate/decision', { user_code: userCode, decision: 'approve' });
}
