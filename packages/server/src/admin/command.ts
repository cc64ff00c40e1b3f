import type { ParseArgsConfig } from 'node:util';
import type { Organizations } from '../core/orgs/organizations.ts';
import type { Registries } from '../core/orgs/registries.ts';
import type { ServiceAccounts } from '../core/orgs/service-accounts.ts';
import type { Subscriptions } from '../core/orgs/subscriptions.ts';
import type { Storage } from '../core/ports/index.ts';
import type { By, Services } from '../core/services.ts';

/** What the commands act on: the services of the core over the database of the data directory. */
export type Administration = {
  services: Pick<Services, 'users' | 'members' | 'apiKeys' | 'sessions' | 'signInLinks' | 'signingKeys'>;
  organizations: Organizations;
  registries: Registries;
  subscriptions: Subscriptions;
  serviceAccounts: ServiceAccounts;
  storage: Storage;
  /** Where the service is reached; undefined while its port is any free one. */
  origin: string | undefined;
  /** The index that the first mirror stands in front of. */
  pypiUpstream: string | undefined;
  close(): Promise<void>;
};

/** The command line acts as the service itself: whoever can write to the database needs no permission. */
export const by: By = { actor: 'system', request: null };

/** What a command answers: one JSON object for `--json`, and lines for people. */
export type Answer = { json: Readonly<Record<string, unknown>>; lines: readonly string[] };

export type Values = Readonly<Record<string, string | boolean | undefined>>;

export type Input = {
  positionals: readonly string[];
  values: Values;
  /** The one secret that was piped in, without its line end. */
  stdin(): Promise<string>;
};

export type Command = {
  /** The words that call it. */
  path: readonly [string, string] | readonly [string];
  /** What follows them. */
  usage: string;
  summary: string;
  positionals: number;
  options: NonNullable<ParseArgsConfig['options']>;
  run(administration: Administration, input: Input): Promise<Answer>;
};

/** A call that cannot be understood; exit code 2. */
export class UsageError extends Error {
  readonly code = 'usage';
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}
