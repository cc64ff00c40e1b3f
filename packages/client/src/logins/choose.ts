import type { Context } from '../context.ts';
import { ClientError } from '../errors.ts';

type Surroundings = Pick<Context, 'env' | 'platform'> & {
  readonly terminal: Pick<Context['terminal'], 'interactive'>;
};

const isSet = (value: string | undefined): boolean => value !== undefined && value !== '';

/** A job that nobody watches: every CI service sets `CI`. */
const isAutomated = ({ env }: Pick<Context, 'env'>): boolean =>
  isSet(env.CI) && env.CI !== 'false' && env.CI !== '0';

/** Whether a browser that opens would open in front of the person who types. */
const hasBrowser = ({ env, platform }: Surroundings): boolean => {
  if (isSet(env.SSH_CONNECTION) || isSet(env.SSH_CLIENT) || isSet(env.SSH_TTY)) return false;
  if (platform !== 'linux') return true;
  return [env.DISPLAY, env.WAYLAND_DISPLAY, env.BROWSER, env.WSL_DISTRO_NAME].some(isSet);
};

/**
 * The way to log in that fits where we run: the browser for somebody who sits at one, a device code over SSH, without a
 * display or without a terminal. Throws `login-needed` where nobody could approve either (CI, `--no-input`): nothing is
 * asked and no browser is opened there (LF14).
 */
export const chooseLogin = (
  surroundings: Surroundings,
  origin: string,
  options: { readonly mayAsk: boolean },
): 'browser' | 'device' => {
  if (isAutomated(surroundings) || !options.mayAsk) {
    throw new ClientError('login-needed', 'nobody can approve a login here', {
      hint: `set PKGAUTH_URL=${origin} and PKGAUTH_TOKEN to an API key, or pipe one: pkgauth login ${origin} --token-stdin`,
    });
  }
  return surroundings.terminal.interactive && hasBrowser(surroundings) ? 'browser' : 'device';
};
