import { many, one } from './answers.ts';
import { positional } from './arguments.ts';
import { by, type Command } from './command.ts';

export const signingKeyCommands: readonly Command[] = [
  {
    path: ['signing-key', 'list'],
    usage: '',
    summary: 'List the keys that tokens are or were signed with.',
    positionals: 0,
    options: {},
    async run({ services }) {
      const keys = services.signingKeys.published();
      return many(
        'signing_keys',
        keys.map(({ kid, algorithm }) => ({ id: kid, algorithm })),
      );
    },
  },
  {
    path: ['signing-key', 'rotate'],
    usage: '',
    summary:
      'Publish new keys that sign from ten minutes on; the old ones leave when their last token has expired.',
    positionals: 0,
    options: {},
    async run({ services }) {
      await services.signingKeys.rotate(by);
      const keys = services.signingKeys.published();
      return one({ rotated: true, signing_keys: keys.map(({ kid }) => kid) });
    },
  },
  {
    path: ['signing-key', 'withdraw'],
    usage: 'ID',
    summary: 'Take a key out at once: every token that it signed is dead.',
    positionals: 1,
    options: {},
    async run({ services }, input) {
      await services.signingKeys.withdraw(positional(input, 0), by);
      return one({ id: positional(input, 0), withdrawn: true });
    },
  },
];
