import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { ServiceError } from '../../core/errors.ts';
import type { Crypto, Random } from '../../core/ports/index.ts';
import type { HttpEnv } from '../environment.ts';
import type { Cookies } from './cookies.ts';

export type FormGuardDeps = {
  origin: string;
  cookies: Cookies;
  crypto: Pick<Crypto, 'sha256' | 'equal'>;
  random: Random;
  refuse(c: Context<HttpEnv>): Response;
};

export type FormGuard = {
  /** The hidden `form_token` of a form on the page that is being made for this browser. */
  token(c: Context<HttpEnv>): string;
  /** Lets only forms of our own pages through that were shown to this very browser in its present session. */
  readonly middleware: ReturnType<typeof createMiddleware<HttpEnv>>;
};

/** As a cookie that is being set is not yet among those that came with the request. */
const pending = new WeakMap<Context, string>();

/**
 * Against requests that another site forges (DS01): `Origin` and `Sec-Fetch-Site` must name this site where the
 * browser sends them, and a token must fit both the form cookie and the session cookie. SameSite cookies are the
 * third lock.
 */
export function createFormGuard({ origin, cookies, crypto, random, refuse }: FormGuardDeps): FormGuard {
  const bind = (c: Context<HttpEnv>, secret: string): string =>
    crypto.sha256(`form:${secret}:${cookies.session.read(c) ?? ''}`);
  return {
    token(c) {
      const known = pending.get(c) ?? cookies.form.read(c);
      const secret = known ?? Buffer.from(random.bytes(32)).toString('base64url');
      if (known === undefined) {
        pending.set(c, secret);
        cookies.form.write(c, secret);
      }
      return bind(c, secret);
    },
    middleware: createMiddleware<HttpEnv>(async (c, next) => {
      if (c.req.method === 'GET' || c.req.method === 'HEAD') return next();
      const secret = cookies.form.read(c);
      if (!fromThisSite(c, origin) || secret === undefined) return refuse(c);
      const { form_token: token = '' } = await formFields(c);
      if (!crypto.equal(token, bind(c, secret))) return refuse(c);
      return next();
    }),
  };
}

function fromThisSite(c: Context<HttpEnv>, origin: string): boolean {
  const claimed = c.req.header('Origin');
  const site = c.req.header('Sec-Fetch-Site');
  return (claimed === undefined || claimed === origin) && (site === undefined || site === 'same-origin');
}

/** The fields of a posted form; the first of each name. Anything but an ordinary form has none. */
export async function formFields(c: Context<HttpEnv>): Promise<Readonly<Record<string, string>>> {
  const type = c.req.header('Content-Type')?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded') return {};
  const fields: Record<string, string> = Object.create(null);
  const text = await c.req.text();
  if (/\0|%00/.test(text)) throw new ServiceError('invalid-request', 'A form holds text only');
  for (const [name, value] of new URLSearchParams(text)) fields[name] ??= value;
  return fields;
}
