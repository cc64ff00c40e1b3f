import type { Crypto } from '../../core/ports/index.ts';

/** Every approval makes a grant of its own, and a grant opens one login session; its id follows from the grant's. */
export const sessionIdOfGrant = (crypto: Crypto, grantId: string): string =>
  `ses_${crypto.sha256(`login session of grant ${grantId}`).slice(0, 32)}`;
