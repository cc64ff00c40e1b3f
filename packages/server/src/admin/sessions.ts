import { ServiceError } from '../core/errors.ts';
import { iso, many, one } from './answers.ts';
import { flag, optional, positional, userOf } from './arguments.ts';
import { by, type Command, UsageError } from './command.ts';

export const sessionCommands: readonly Command[] = [
  {
    path: ['session', 'list'],
    usage: 'EMAIL',
    summary: 'List the programs that are logged in as a user.',
    positionals: 1,
    options: {},
    async run(administration, input) {
      const user = await userOf(administration, positional(input, 0));
      const sessions = await administration.services.sessions.listOfUser(user.id);
      const rows = sessions.map((session) => ({
        id: session.id,
        program: session.label,
        address: session.ip,
        created_at: iso(session.createdAt),
        last_used_at: iso(session.lastUsedAt),
        revoked_at: iso(session.revokedAt),
      }));
      return many('sessions', rows);
    },
  },
  {
    path: ['session', 'revoke'],
    usage: 'EMAIL (--id ID | --all)',
    summary: 'End one login of a user, or all of them; in force at once.',
    positionals: 1,
    options: { id: { type: 'string' }, all: { type: 'boolean' } },
    async run(administration, input) {
      const user = await userOf(administration, positional(input, 0));
      const { sessions } = administration.services;
      const id = optional(input, 'id');
      if ((id === undefined) !== flag(input, 'all')) throw new UsageError('give either --id or --all');
      if (id === undefined)
        return one({
          email: user.email,
          revoked: await sessions.revokeOfUser(user.id, 'revoked by an administrator', by),
        });
      const revoked = await sessions.revoke(id, user.id, 'revoked by an administrator', by);
      if (!revoked) throw new ServiceError('not-found', `${user.email} has no session ${id}`);
      return one({ email: user.email, revoked: 1 });
    },
  },
];
