import { apiKeyCommands } from './api-keys.ts';
import type { Command } from './command.ts';
import { organizationCommands } from './organizations.ts';
import { registryCommands } from './registries.ts';
import { serviceAccountCommands } from './service-accounts.ts';
import { sessionCommands } from './sessions.ts';
import { setupCommands } from './setup.ts';
import { signingKeyCommands } from './signing-keys.ts';
import { subscriptionCommands } from './subscriptions.ts';
import { userCommands } from './users.ts';

/**
 * `pkgauth-server admin`: what whoever holds the data directory may do, for scripts and for the first set-up.
 *
 * Works on the database itself, also beside a running service, which notices every change within a second. Must not
 * decide who may do what (the holder of the database may do everything) and must not write to storage except through
 * the services of the core, so that nothing misses its audit event. Secrets come in by stdin only. To add a command,
 * add it to the file of its subject; a new subject gets a file and a line below.
 */
export const commands: readonly Command[] = [
  ...setupCommands,
  ...userCommands,
  ...organizationCommands,
  ...subscriptionCommands,
  ...registryCommands,
  ...apiKeyCommands,
  ...serviceAccountCommands,
  ...sessionCommands,
  ...signingKeyCommands,
];
