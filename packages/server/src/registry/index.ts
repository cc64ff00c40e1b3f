/**
 * The registries: what is served to package clients, and from where. The gateway checks each request and decides;
 * protocols (a folder each: `pypi/`) turn an allowed request into an answer; blobs, transfers, upstreams and caches
 * are common to them. Nothing in here may know how credentials are issued, or what a page of the website looks like.
 *
 * To add a protocol: a folder with its routes and a `create…Registry` that makes a `RegistryProtocol`, a row in
 * `createRegistries`, and an `interop/` folder where its real clients install through it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DenyReason } from '../core/decide.ts';
import type { CredentialProblem } from '../core/errors.ts';
import type { BlobStore, Catalog, Clock, CredentialVerifier, Crypto, Timers } from '../core/ports/index.ts';
import { createFileSender } from './files.ts';
import { createGateway, type Gateway } from './gateway.ts';
import { createPypiRegistry } from './pypi/pypi-registry.ts';
import type { HostedIndex } from './pypi/source.ts';
import { createSources } from './pypi/sources.ts';
import type { UpstreamLimits } from './upstream.ts';

export type RegistriesDeps = {
  verifier: CredentialVerifier;
  catalog: Catalog;
  /** The hosted registries' projects and files. */
  hosted: HostedIndex;
  blobs: BlobStore;
  crypto: Crypto;
  clock: Clock;
  timers: Timers;
  /** Where mirrors keep their pages; used by this process alone. */
  directory: string;
  writeProblem(response: ServerResponse, error: unknown, request: IncomingMessage): void;
  counters: RegistryCounters;
  limits?: UpstreamLimits;
};

/** Labels are from fixed lists; nothing of a request gets in. */
export type RegistryCounters = {
  decision(outcome: 'allow' | DenyReason | CredentialProblem): void;
  /** Whether a project page was in memory. */
  page(outcome: 'hit' | 'miss'): void;
  /** What became of asking an upstream: `fetched`, `unchanged`, `absent`, `passed` on without being kept, `failed`. */
  upstream(what: 'page' | 'file', outcome: string): void;
};

export function createRegistries(deps: RegistriesDeps): Gateway {
  const { verifier, catalog, clock, counters, writeProblem } = deps;
  const sender = createFileSender();
  const sources = createSources({ ...deps, count: counters.upstream });
  const protocols = [createPypiRegistry({ sources, sender, clock, count: counters.page })];
  const gateway = createGateway({ verifier, catalog, protocols, writeProblem, count: counters.decision });
  return {
    ...gateway,
    async stop() {
      await gateway.stop();
      sender.close();
    },
  };
}

export { openBlobStore } from './blobs.ts';
export type { Gateway } from './gateway.ts';
export { createHostedIndex } from './pypi/hosted.ts';
export { createUploadHandler } from './pypi/upload/handler.ts';
export { upstreamAuthorization, upstreamCredentialContext } from './upstream-credential.ts';
