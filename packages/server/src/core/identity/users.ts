import { recordAudit } from '../audit.ts';
import { ServiceError } from '../errors.ts';
import type { User } from '../model.ts';
import type { Clock, Crypto, Epoch, Random, Storage } from '../ports/index.ts';
import { newId } from '../random-text.ts';
import { revokedUntil, subjectOf } from '../revocations.ts';
import type { By, Users } from '../services.ts';
import { endOfUserWithin } from '../sessions.ts';
import { normalizeEmail } from './email.ts';
import { acceptablePassword } from './password-rules.ts';

const longestName = 200;

export type UserDeps = { storage: Storage; crypto: Crypto; clock: Clock; random: Random; epoch: Epoch };

export function createUsers(deps: UserDeps): Users {
  const { storage, crypto, clock, epoch } = deps;

  /** Every change of an account that ends what it had opened. */
  async function change(
    userId: string,
    fields: Partial<Pick<User, 'passwordHash' | 'disabledAt'>>,
    action: string,
    by: By,
    ends: boolean,
  ): Promise<void> {
    await storage.transaction(async (step) => {
      if ((await step.users.get(userId)) === undefined)
        throw new ServiceError('not-found', 'There is no such user');
      await step.users.update(userId, fields);
      if (ends) await endOfUserWithin(deps, step, userId, action, by);
      if (ends) await step.browserSessions.deleteOfUser(userId);
      // API keys that the user owns are judged anew, and a disabled user's tokens die whatever they were minted from.
      if (typeof fields.disabledAt === 'number') {
        await step.revocations.add([revokedUntil(subjectOf.user(userId), fields.disabledAt)]);
      }
      await step.revocations.bump();
      await recordAudit(step, clock, by, { action, target: userId });
    });
    await epoch.refresh();
  }

  return {
    create: (input, by) => createUser(deps, input, by),
    async findByEmail(email) {
      const address = normalizeEmail(email);
      return address === undefined ? undefined : storage.users.findByEmail(address);
    },
    async setPassword(userId, password, by) {
      const passwordHash = await crypto.hashPassword(acceptablePassword(password));
      await change(userId, { passwordHash }, 'user.set-password', by, true);
    },
    disable: (userId, by) => change(userId, { disabledAt: clock.now() }, 'user.disable', by, true),
    enable: (userId, by) => change(userId, { disabledAt: null }, 'user.enable', by, false),
  };
}

async function createUser(
  { storage, crypto, clock, random }: UserDeps,
  input: { email: string; name: string; password: string | null },
  by: By,
): Promise<User> {
  const email = normalizeEmail(input.email);
  if (email === undefined) throw new ServiceError('invalid-request', 'That is not an e-mail address');
  const name = input.name.trim();
  if (name.length > longestName || /\p{Cc}/u.test(name)) {
    throw new ServiceError('invalid-request', `A name has at most ${longestName} printable characters`);
  }
  const user: User = {
    id: newId(random, 'usr'),
    email,
    name,
    passwordHash:
      input.password === null ? null : await crypto.hashPassword(acceptablePassword(input.password)),
    createdAt: clock.now(),
    disabledAt: null,
  };
  await storage.transaction(async (step) => {
    if ((await step.users.findByEmail(email)) !== undefined) {
      throw new ServiceError('conflict', 'There is already an account with that e-mail address');
    }
    await step.users.insert(user);
    await recordAudit(step, clock, by, { action: 'user.create', target: user.id, detail: { email } });
  });
  return user;
}
