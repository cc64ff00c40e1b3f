import { recordAudit } from '../audit.ts';
import { ServiceError } from '../errors.ts';
import type { User } from '../model.ts';
import type { Clock, Crypto, RequestContext, Storage } from '../ports/index.ts';
import { createRateLimit, type RateRule } from '../rate-limit.ts';
import type { Passwords } from '../services.ts';
import { normalizeEmail } from './email.ts';

const fiveMinutes = 5 * 60 * 1000;
/** PyPI's numbers (N21). */
const passwordLimits = {
  account: { most: 10, window: fiveMinutes },
  address: { most: 10, window: fiveMinutes },
  everybody: { most: 1000, window: fiveMinutes },
} as const satisfies Record<string, RateRule>;

/** Longer texts are not hashed. */
const longestTry = 1000;

export type PasswordDeps = { storage: Storage; crypto: Crypto; clock: Clock };

export function createPasswords({ storage, crypto, clock }: PasswordDeps): Passwords {
  const perAccount = createRateLimit(clock, passwordLimits.account);
  const perAddress = createRateLimit(clock, passwordLimits.address);
  const overall = createRateLimit(clock, passwordLimits.everybody);
  /** Stands in for the hash of an account that does not exist, so that both take one verification. */
  let decoy: Promise<string> | undefined;

  /** Counts before the answer is known, so that tries in parallel do not slip through; a right one is given back. */
  function limit(account: string, request: RequestContext): () => void {
    const wait = Math.max(perAccount.take(account), perAddress.take(request.ip), overall.take(''));
    const giveBack = (): void => {
      perAccount.giveBack(account);
      perAddress.giveBack(request.ip);
      overall.giveBack('');
    };
    if (wait === 0) return giveBack;
    const retryAfter = Math.ceil(wait / 1000);
    throw new ServiceError('rate-limited', 'Too many tries to sign in', { retryAfter });
  }

  async function matches(user: User | undefined, password: string): Promise<boolean> {
    decoy ??= crypto.hashPassword('a password that nobody has');
    const hash = user?.passwordHash ?? (await decoy);
    const right = await crypto.verifyPassword(hash, password.slice(0, longestTry).normalize('NFKC'));
    return right && typeof user?.passwordHash === 'string';
  }

  return {
    async check(email, password, request) {
      const address = normalizeEmail(email);
      const giveBack = limit(address ?? '', request);
      const user = address === undefined ? undefined : await storage.users.findByEmail(address);
      const right = (await matches(user, password)) && user?.disabledAt === null;
      if (right) {
        giveBack();
        return user;
      }
      const target = user === undefined ? {} : { target: user.id };
      await recordAudit(
        storage,
        clock,
        { actor: 'anonymous', request },
        { action: 'user.sign-in-failed', ...target },
      );
      return undefined;
    },
  };
}
