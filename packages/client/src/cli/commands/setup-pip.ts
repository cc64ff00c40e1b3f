import { ecosystems } from '../../ecosystems/index.ts';
import { defineCommand } from '../command.ts';
import { configureIndex, configureOptions } from '../configure-index.ts';

export const setupPip = defineCommand({
  description: [
    "Makes an index pip's own one, in the user's pip.conf, with the user name __token__ and keyring-provider = subprocess:",
    'pip then asks the keyring program (pkgauth setup keyring) for the token. Works with old and new pip. The difference is',
    'shown first. Everything else in the file stays as it is.',
  ],
  examples: [
    ['pkgauth setup pip --index https://pkg.example.com/simple/acme/main/', 'show the difference and ask'],
    ['pkgauth setup pip --index https://pkg.example.com/simple/acme/main/ --yes', 'for scripts'],
  ],
  options: configureOptions,
  arguments: {},
  run: (cli, { options }) => configureIndex(cli, ecosystems.pip, options),
});
