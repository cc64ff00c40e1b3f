import { mkdirSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Hono } from 'hono';
import type { Administration } from './admin/command.ts';
import type { Config } from './config/index.ts';
import { createCatalog } from './core/catalog.ts';
import { type Core, createServices } from './core/create-services.ts';
import { createOrganizations } from './core/orgs/organizations.ts';
import { createRegistries } from './core/orgs/registries.ts';
import { createServiceAccounts } from './core/orgs/service-accounts.ts';
import { createSubscriptions } from './core/orgs/subscriptions.ts';
import type { Clock, Crypto, Random, Storage, Timers } from './core/ports/index.ts';
import { createCrypto, createJws, createRandom, createTimers, loadSecretKey } from './crypto/index.ts';
import { lockData, readOrigin } from './data-directory.ts';
import {
  createAccessLog,
  createApp,
  createMetrics,
  createProblems,
  createRequestContexts,
  createRequestHandler,
  type HttpEnv,
  type Metrics,
  type Problems,
  type RawHandler,
  type RequestContexts,
} from './http/index.ts';
import { createOidc, type Oidc } from './http/oidc/index.ts';
import { createAssets, createErrorPage, createPages } from './http/pages/index.ts';
import { apiSurface } from './http/surfaces/api.ts';
import { oauthSurface } from './http/surfaces/oauth.ts';
import { pyxSurface } from './http/surfaces/pyx.ts';
import type { Log } from './log.ts';
import {
  createRegistries as createGateway,
  createHostedIndex,
  createUploadHandler,
  openBlobStore,
  type RegistryCounters,
  upstreamAuthorization,
  upstreamCredentialContext,
} from './registry/index.ts';
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
    origin: config.publicUrl ?? readOrigin(config.data) ?? config.origin,
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
  handler: RequestListener;
  /** The part of it that can be asked without a socket, and knows its routes. */
  app: Hono<HttpEnv>;
  start(): void;
  stop(): Promise<void>;
};

/** What every surface of the service shares. */
type Surroundings = Foundation & {
  log: Log;
  problems: Problems;
  contexts: RequestContexts;
  metrics: Metrics;
};

/**
 * @param accepting whether the service is not about to stop, for `/readyz`
 * @throws StartupError when another service works in the data directory
 */
export async function composeService(
  foundation: Foundation,
  log: Log,
  accepting: () => boolean,
): Promise<Service> {
  const { config, origin, storage, clock, random, timers, core } = foundation;
  const problems = createProblems(origin);
  const contexts = createRequestContexts(random, config.trustedProxies);
  const metrics = createMetrics();
  const surroundings: Surroundings = { ...foundation, log, problems, contexts, metrics };
  const unlock = lockData(config.data);
  const registries = await composeRegistries(surroundings).catch((error: unknown) => {
    unlock();
    throw error;
  });
  const { app, oidc } = composeApp(surroundings, accepting);
  const observe = createAccessLog({ log, metrics, clock, contexts });
  const raw = [registries.read, registries.upload, oidc.handler];
  const handler = createRequestHandler({ raw, app, observe, problems, contexts, log });
  let stopSweeping = (): void => {};
  return {
    handler,
    app,
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
      await registries.stop();
      await storage.close();
      unlock();
    },
  };
}

type ComposedRegistries = { read: RawHandler; upload: RawHandler; stop(): Promise<void> };

async function composeRegistries(surroundings: Surroundings): Promise<ComposedRegistries> {
  const { config, storage, core, clock, crypto, timers, contexts, problems, log } = surroundings;
  const blobs = await openBlobStore(join(config.data, 'blobs'));
  const catalog = createCatalog(storage, core.epoch, clock);
  const common = { verifier: core.verifier, catalog, blobs, clock };
  const gateway = createGateway({
    ...common,
    crypto,
    timers,
    hosted: createHostedIndex({ files: storage.hostedFiles, blobs }),
    directory: join(config.data, 'mirrors'),
    counters: createRegistryCounters(surroundings.metrics),
    writeProblem(response, error, request) {
      const { requestId } = contexts.of(request);
      if (problems.of(error, requestId).status >= 500)
        log.warn({ requestId, error }, 'package request failed');
      problems.write(response, error, requestId);
    },
  });
  const upload = createUploadHandler({
    ...common,
    storage,
    problems,
    fileLimit: config.uploadLimitMib * 1024 * 1024,
    contextOf: contexts.of,
    onUploaded: gateway.hostedChanged,
  });
  return { read: gateway.handle, upload, stop: gateway.stop };
}

function createRegistryCounters(metrics: Metrics): RegistryCounters {
  const decisions = metrics.counter(
    'pkgauth_decisions_total',
    'Requests for packages by what became of their check.',
  );
  const pages = metrics.counter('pkgauth_page_cache_total', 'Project pages by whether they were in memory.');
  const upstreams = metrics.counter(
    'pkgauth_upstream_requests_total',
    'Requests to upstreams by what became of them.',
  );
  return {
    decision: (outcome) => decisions.add({ outcome }),
    page: (outcome) => pages.add({ outcome }),
    upstream: (what, outcome) => upstreams.add({ what, outcome }),
  };
}

function composeApp(
  surroundings: Surroundings,
  accepting: () => boolean,
): { app: Hono<HttpEnv>; oidc: Oidc } {
  const { origin, storage, core, timers } = surroundings;
  const assets = createAssets(surroundings.crypto);
  const oidc = createOidc({ ...surroundings, errorPage: createErrorPage(origin, assets) });
  const pages = createPages({ ...surroundings, assets, services: core, ...oidc });
  const ready = async (): Promise<void> => {
    if (!accepting()) throw new Error('the service is stopping');
    await storage.ping();
  };
  const services = { ...core, storage, origin };
  const surfaces = [pyxSurface({ ...core, timers }), oauthSurface(services), apiSurface(services), pages];
  return { app: createApp({ ...surroundings, ready, surfaces }), oidc };
}
