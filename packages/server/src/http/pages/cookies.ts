import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { HttpEnv } from '../environment.ts';

/** The two cookies of a browser: who is signed in, and what binds a form to the browser that it was shown to. */
export type Cookies = {
  session: Cookie;
  form: Cookie;
};
export type Cookie = {
  read(c: Context<HttpEnv>): string | undefined;
  write(c: Context<HttpEnv>, value: string): void;
  clear(c: Context<HttpEnv>): void;
};

/** Seconds; the service judges a session by its own times, which are not longer. */
const longestLife = 12 * 60 * 60;

/**
 * `__Host-` cookies over https: no other host and no insecure page can plant or read them. Over http, which is for
 * loopback only, browsers refuse that prefix, so the plain name stands there.
 */
export function createCookies(origin: string): Cookies {
  const secure = new URL(origin).protocol === 'https:';
  const cookie = (name: string): Cookie => {
    const full = secure ? `__Host-${name}` : name;
    const options = { path: '/', httpOnly: true, sameSite: 'Lax', secure } as const;
    return {
      read: (c) => getCookie(c, full),
      write: (c, value) => setCookie(c, full, value, { ...options, maxAge: longestLife }),
      clear: (c) => {
        deleteCookie(c, full, options);
      },
    };
  };
  return { session: cookie('pkgauth-session'), form: cookie('pkgauth-form') };
}
