import type { Hono } from 'hono';
import { openTestCore, request, system, type TestCore } from '../../core/core.fixture.ts';
import type { Authorizations, DeviceApprovals } from '../../core/services.ts';
import { createRandom } from '../../crypto/index.ts';
import { silentLog } from '../../log.ts';
import type { HttpEnv } from '../environment.ts';
import { composeParts } from '../service.fixture.ts';
import { createAssets, createPages, type PagesDeps } from './index.ts';

export const password = 'correct horse battery staple';

/** For tests: the pages on the real core, with the two doors of the authorization server played by `doors`. */
export type TestPages = TestCore & {
  app: Hono<HttpEnv>;
  origin: string;
  browser(): TestBrowser;
  /** A browser that is signed in, without the cost of a password, and shows the account page. */
  enter(email?: string): Promise<TestBrowser>;
  /** Gives the owner `password`. */
  givePassword(): Promise<void>;
};

/** Hashing is made to be slow; once is enough. */
let passwordHash: Promise<string> | undefined;

export type Doors = { authorizations?: Partial<Authorizations>; deviceApprovals?: Partial<DeviceApprovals> };

export async function openTestPages(doors: Doors = {}, origin = 'http://127.0.0.1:8585'): Promise<TestPages> {
  const test = await openTestCore();
  const never = async () => undefined;
  const deps: PagesDeps = {
    origin,
    services: test.core,
    authorizations: { show: never, approve: never, deny: never, ...doors.authorizations },
    deviceApprovals: {
      show: never,
      approve: async () => false,
      deny: async () => false,
      ...doors.deviceApprovals,
    },
    storage: test.storage,
    crypto: test.crypto,
    random: createRandom(),
    clock: test.clock,
    log: silentLog,
  };
  const givePassword = async () => {
    passwordHash ??= test.crypto.hashPassword(password);
    await test.storage.users.update(test.owner.id, { passwordHash: await passwordHash });
  };
  const { app } = composeParts(origin, [createPages({ ...deps, assets: createAssets(test.crypto) })]);
  const browser = () => new TestBrowser(app, origin, givePassword);
  const enter = async (email = test.owner.email): Promise<TestBrowser> => {
    const visitor = browser();
    const user = await test.core.users.findByEmail(email);
    const { secret } = await test.core.browserSessions.open(user?.id ?? '', undefined, request());
    visitor.cookies.set('pkgauth-session', secret);
    await visitor.get('/');
    return visitor;
  };
  return { ...test, app, origin, browser, enter, givePassword };
}

export type Visit = { status: number; headers: Headers; text: string; location: string | null };

/** Keeps cookies and the form token of the last page, as a browser does. */
export class TestBrowser {
  readonly cookies = new Map<string, string>();
  #app: Hono<HttpEnv>;
  #origin: string;
  formToken = '';
  #givePassword: () => Promise<void>;
  constructor(app: Hono<HttpEnv>, origin: string, givePassword: () => Promise<void>) {
    this.#app = app;
    this.#origin = origin;
    this.#givePassword = givePassword;
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Visit> {
    return this.#visit(path, { headers: { Accept: 'text/html', ...headers } });
  }

  post(
    path: string,
    fields: Record<string, string> = {},
    headers: Record<string, string> = {},
  ): Promise<Visit> {
    const body = new URLSearchParams({ form_token: this.formToken, ...fields }).toString();
    return this.#visit(path, {
      method: 'POST',
      body,
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded',
        Origin: this.#origin,
        'Sec-Fetch-Site': 'same-origin',
        ...headers,
      },
    });
  }

  /** The whole way through the form, as the owner. */
  async signIn(next = '/'): Promise<Visit> {
    await this.#givePassword();
    await this.get(`/sign-in?${new URLSearchParams({ next, again: '1' })}`);
    return this.post('/sign-in', { email: 'owner@example.com', password, next });
  }

  async #visit(path: string, init: RequestInit & { headers: Record<string, string> }): Promise<Visit> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...(cookie === '' ? {} : { Cookie: cookie }), ...init.headers };
    const response = await this.#app.request(this.#origin + path, { ...init, headers });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    const text = await response.text();
    this.formToken = /name="form_token" value="([^"]*)"/.exec(text)?.[1] ?? this.formToken;
    return {
      status: response.status,
      headers: response.headers,
      text,
      location: response.headers.get('Location'),
    };
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split('; ');
    const [name = '', value = ''] = pair.split('=');
    if (attributes.includes('Max-Age=0')) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}

export { request, system };
