import { normalizeService } from '@pkgauth/protocol';
import type { Context } from '../context.ts';

/** Name of the lock under which the session of a service is refreshed, whichever of our stores it is in. */
export const refreshLockName = ({ sha256 }: Pick<Context, 'sha256'>, service: string): string => {
  const digest = sha256(new TextEncoder().encode(normalizeService(service)));
  return `refresh-${Buffer.from(digest).toString('hex').slice(0, 32)}`;
};
