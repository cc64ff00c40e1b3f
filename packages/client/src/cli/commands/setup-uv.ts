import { ecosystems } from '../../ecosystems/index.ts';
import { defineCommand } from '../command.ts';
import { configureIndex, configureOptions } from '../configure-index.ts';

export const setupUv = defineCommand({
  description: [
    'Makes an index uv\'s default one, in the user\'s own uv.toml, with authenticate = "always" and keyring-provider =',
    '"subprocess": uv then asks the keyring program (pkgauth setup keyring) and no file holds a user name or password.',
    'The difference is shown first. Everything else in the file stays as it is.',
  ],
  examples: [
    ['pkgauth setup uv --index https://pkg.example.com/simple/acme/main/', 'show the difference and ask'],
    ['pkgauth setup uv --index https://pkg.example.com/simple/acme/main/ --yes', 'for scripts'],
  ],
  options: configureOptions,
  arguments: {},
  run: (cli, { options }) => configureIndex(cli, ecosystems.uv, options),
});
