import { createMiddleware } from 'hono/factory';
import type { HttpEnv } from '../environment.ts';

/**
 * What an answer of this service may do in a browser: nothing that it does not say itself. Pages add a stricter or
 * wider `Content-Security-Policy` of their own; whatever sets none gets the one for data.
 */
export const securityHeaders = (origin: string) => {
  const secure = new URL(origin).protocol === 'https:';
  return createMiddleware<HttpEnv>(async (c, next) => {
    await next();
    const { headers } = c.res;
    if (!headers.has('Content-Security-Policy')) {
      headers.set('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'");
    }
    // Redirects to the sign-in page, too: whether there is one depends on who asks.
    if (!headers.has('Cache-Control')) headers.set('Cache-Control', 'no-store');
    headers.set('X-Content-Type-Options', 'nosniff');
    headers.set('X-Frame-Options', 'DENY');
    // Not `no-referrer`: with it browsers send `Origin: null` with our own forms.
    headers.set('Referrer-Policy', 'same-origin');
    headers.set('Cross-Origin-Opener-Policy', 'same-origin');
    if (!headers.has('Cross-Origin-Resource-Policy'))
      headers.set('Cross-Origin-Resource-Policy', 'same-origin');
    if (secure) headers.set('Strict-Transport-Security', 'max-age=31536000');
  });
};
