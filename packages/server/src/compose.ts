import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Administration } from './admin/command.ts';
import type { Config } from './config/index.ts';
import { type Core, createServices } from './core/create-services.ts';
import { createOrganizations } from './core/orgs/organizations.ts';
import { createRegistries } from './core/orgs/registries.ts';
import { createServiceAccounts } from './core/orgs/service-accounts.ts';
import { createSubscriptions } from './core/orgs/subscriptions.ts';
import type { Clock, Crypto, Random, Storage, Timers } from './core/ports/index.ts';
import { createCrypto, createJws, createRandom, createTimers, loadSecretKey } from './crypto/index.ts';
import {
  createAccessLog,
  createApp,
  createMetrics,
  createProblems,
  createRequestContexts,
  createRequestHandler,
} from './http/index.ts';
import { createPages } from './http/pages/index.ts';
import type { Log } from './log.ts';
import { upstreamAuthorization, upstreamCredentialContext } from './registry/upstream-credential.ts';
import { openStorage } from './storage/index.ts';

/** What the service and its administration both stand on. */
export type Foundation = {
  config: Config;
  origin: string;
  storage: Storage;
  crypto: Crypto;
  clock: Clock;
  random: Random;
  timers: Timers;
  core: Core;
};

/**
 * Opens the database and the service's key. `origin` is the issuer of the tokens.
 * @throws StorageError when the database cannot be used, StartupError when the key is not the database's
 */
export async function composeFoundation(config: Config, origin: string): Promise<Foundation> {
  mkdirSync(config.data, { recursive: true, mode: 0o700 });
  const key = await loadSecretKey(config.data, config.secret);
  const storage = await openStorage(config.database ?? defaultDatabase(config.data));
  const clock: Clock = { now: () => Date.now() };
  const parts = { storage, clock, crypto: createCrypto(key), random: createRandom(), timers: createTimers() };
  const core = createServices({
    ...parts,
    jws: createJws(),
    issuer: origin,
    refreshGrace: config.refreshGraceSeconds * 1000,
  });
  try {
    await core.load();
  } catch (error) {
    await storage.close();
    throw error;
  }
  return { config, origin, ...parts, core };
}

const defaultDatabase = (data: string): string =>
  pathToFileURL(join(data, 'pkgauth.sqlite')).href.replace(/^file:/, 'sqlite:');

/** The administration of the database of `config`, for one command. */
export async function composeAdministration(config: Config): Promise<Administration> {
  const foundation = await composeFoundation(config, config.origin ?? unknownOrigin);
  const { core, storage, crypto } = foundation;
  const deps = { ...foundation, epoch: core.epoch };
  return {
    services: core,
    organizations: createOrganizations(deps),
    registries: createRegistries({
      ...deps,
      sealCredential(registryId, credential) {
        return crypto.seal(upstreamAuthorization(credential), upstreamCredentialContext(registryId));
      },
    }),
    subscriptions: createSubscriptions(deps),
    serviceAccounts: createServiceAccounts(deps),
    storage,
    origin: config.origin,
    pypiUpstream: config.pypiUpstream,
    close: () => storage.close(),
  };
}

/** Stands in for the issuer while the port is any free one; the administration mints no tokens. */
const unknownOrigin = 'http://127.0.0.1';

/** Milliseconds between two rounds of removing what has ended, and rows of each kind per round. */
const sweep = { interval: 60_000, rows: 500 } as const;

/** The service: answers requests between `start` and `stop`. */
export type Service = {
  handler: ReturnType<typeof createRequestHandler>;
  start(): void;
  stop(): Promise<void>;
};

/** @param accepting whether the service is not about to stop, for `/readyz` */
export function composeService(foundation: Foundation, log: Log, accepting: () => boolean): Service {
  const { config, origin, storage, crypto, clock, random, timers, core } = foundation;
  const problems = createProblems(origin);
  const contexts = createRequestContexts(random, config.trustedProxies);
  const metrics = createMetrics();
  const ready = async (): Promise<void> => {
    if (!accepting()) throw new Error('the service is stopping');
    await storage.ping();
  };
  const nothing = async () => undefined;
  const pages = createPages({
    origin,
    services: core,
    authorizations: { show: nothing, approve: nothing, deny: nothing },
    deviceApprovals: { show: nothing, approve: async () => false, deny: async () => false },
    storage,
    crypto,
    random,
    clock,
    log,
  });
  const app = createApp({ origin, problems, contexts, metrics, log, ready, surfaces: [pages] });
  const observe = createAccessLog({ log, metrics, clock, contexts });
  const handler = createRequestHandler({ raw: [], app, observe, problems, contexts, log });
  let stopSweeping = (): void => {};
  return {
    handler,
    start() {
      core.start();
      stopSweeping = timers.every(sweep.interval, async () => {
        await storage
          .sweep(clock.now(), sweep.rows)
          .catch((error: unknown) => log.warn({ error }, 'sweep failed'));
      });
    },
    async stop() {
      stopSweeping();
      core.stop();
      await storage.close();
    },
  };
}
