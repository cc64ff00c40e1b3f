import { recordAudit } from '../audit.ts';
import type { Clock, Crypto, Random, Storage } from '../ports/index.ts';
import { newSecret } from '../random-text.ts';
import type { SignInLinks } from '../services.ts';

/** Milliseconds. */
const linkLife = 24 * 60 * 60 * 1000;

export type SignInLinkDeps = { storage: Storage; crypto: Crypto; clock: Clock; random: Random };

export function createSignInLinks({ storage, crypto, clock, random }: SignInLinkDeps): SignInLinks {
  return {
    async create(userId, by) {
      const secret = newSecret(random);
      const createdAt = clock.now();
      const secretHash = crypto.sha256(secret);
      await storage.transaction(async (step) => {
        const times = { createdAt, expiresAt: createdAt + linkLife, usedAt: null };
        await step.oneTimeLinks.insert({ secretHash, purpose: 'sign-in', userId, ...times });
        await recordAudit(step, clock, by, { action: 'sign-in-link.create', target: userId });
      });
      return secret;
    },
    async isOpen(secret) {
      const link = await storage.oneTimeLinks.find(crypto.sha256(secret));
      return link !== undefined && link.usedAt === null && clock.now() < link.expiresAt;
    },
    use: (secret, request) =>
      storage.transaction(async (step) => {
        const link = await step.oneTimeLinks.use(crypto.sha256(secret), clock.now());
        const user = link && (await step.users.get(link.userId));
        if (user === undefined || user.disabledAt !== null) return undefined;
        const by = { actor: `user:${user.id}`, request };
        await recordAudit(step, clock, by, { action: 'sign-in-link.use', target: user.id });
        return user;
      }),
  };
}
