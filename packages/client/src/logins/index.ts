/**
 * How somebody logs in: the ways that a person goes through (browser, device code), the credentials that are handed over,
 * the choice between them by circumstance, and the check before anything is kept. Must not know where credentials are
 * stored or how a command line looks. To add a way for people, write `<name>.ts` with a `Login`, its test, and its row here.
 */
import { browserLogin } from './browser.ts';
import { deviceLogin } from './device.ts';
import type { Login } from './login.ts';

export const logins = { browser: browserLogin, device: deviceLogin } as const satisfies Record<string, Login>;

export * from './choose.ts';
export * from './given-secret.ts';
export * from './login.ts';
export * from './probe.ts';
export * from './target.ts';
