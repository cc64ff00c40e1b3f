import type { User } from '../core/model.ts';
import { iso, many, one } from './answers.ts';
import { flag, optional, positional, userOf } from './arguments.ts';
import { type Administration, by, type Command } from './command.ts';

const text = { type: 'string' } as const;
const yes = { type: 'boolean' } as const;

const described = (user: User) => ({
  id: user.id,
  email: user.email,
  name: user.name,
  created_at: iso(user.createdAt),
  disabled_at: iso(user.disabledAt),
});

export const userCommands: readonly Command[] = [
  {
    path: ['user', 'add'],
    usage: 'EMAIL [--name N] [--password-stdin]',
    summary: 'Make a user. Without a password the user needs a sign-in link.',
    positionals: 1,
    options: { name: text, 'password-stdin': yes },
    async run({ services }, input) {
      const password = flag(input, 'password-stdin') ? await input.stdin() : null;
      const user = await services.users.create(
        { email: positional(input, 0), name: optional(input, 'name') ?? '', password },
        by,
      );
      return one(described(user));
    },
  },
  {
    path: ['user', 'list'],
    usage: '',
    summary: 'List the users.',
    positionals: 0,
    options: {},
    run: async ({ storage }) => many('users', (await storage.users.list()).map(described)),
  },
  switchCommand('disable', 'Refuse a user everywhere and end all of the user’s logins.'),
  switchCommand('enable', 'Let a disabled user in again.'),
  {
    path: ['user', 'sign-in-link'],
    usage: 'EMAIL',
    summary: 'Make a link that signs the user in once, within 24 hours.',
    positionals: 1,
    options: {},
    async run(administration, input) {
      const user = await userOf(administration, positional(input, 0));
      const secret = await administration.services.signInLinks.create(user.id, by);
      const path = `/sign-in/link/${secret}`;
      return one({
        email: user.email,
        url: administration.origin === undefined ? path : administration.origin + path,
      });
    },
  },
];

function switchCommand(verb: 'disable' | 'enable', summary: string): Command {
  return {
    path: ['user', verb],
    usage: 'EMAIL',
    summary,
    positionals: 1,
    options: {},
    async run(administration: Administration, input) {
      const { id } = await userOf(administration, positional(input, 0));
      await administration.services.users[verb](id, by);
      return one(described(await userOf(administration, positional(input, 0))));
    },
  };
}
