import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Registry } from '../../core/model.ts';
import type { BlobStore, Clock, Crypto, Timers } from '../../core/ports/index.ts';
import { createUpstream, type UpstreamLimits } from '../upstream.ts';
import type { Resolve } from '../upstream-address.ts';
import { openUpstreamCredential } from '../upstream-credential.ts';
import { createHostedSource } from './hosted-source.ts';
import { createMirror } from './mirror.ts';
import type { HostedIndex, PypiSource } from './source.ts';

export type SourcesDeps = {
  hosted: HostedIndex;
  blobs: BlobStore;
  crypto: Crypto;
  clock: Clock;
  timers: Timers;
  /** Where mirrors keep what they know, one directory each. */
  directory: string;
  /** What happened to a page or file of an upstream. */
  count(what: 'page' | 'file', outcome: string): void;
  /** Other than the usual ones. */
  limits?: UpstreamLimits;
  resolve?: Resolve;
};

/** The source behind each registry, made when first asked for and kept while the registry does not change. */
export type Sources = {
  of(registry: Registry): PypiSource;
  stop(): Promise<void>;
};

type Entry = { registry: Registry; source: PypiSource; stop(): Promise<void> };

export function createSources(deps: SourcesDeps): Sources {
  const entries = new Map<string, Entry>();

  return {
    of(registry) {
      const entry = entries.get(registry.id);
      if (entry !== undefined && isSame(entry.registry, registry)) return entry.source;
      entry?.stop().catch(() => undefined);
      const made = open(deps, registry);
      entries.set(registry.id, made);
      return made.source;
    },
    async stop() {
      await Promise.all([...entries.values()].map((entry) => entry.stop()));
    },
  };
}

function isSame(a: Registry, b: Registry): boolean {
  return (
    a === b || (a.upstreamUrl === b.upstreamUrl && a.sealedUpstreamCredential === b.sealedUpstreamCredential)
  );
}

function open(deps: SourcesDeps, registry: Registry): Entry {
  const { hosted, clock } = deps;
  if (registry.upstreamUrl === null) {
    return { registry, source: createHostedSource(hosted, registry.id, clock), stop: async () => {} };
  }
  const upstream = createUpstream({
    url: registry.upstreamUrl,
    authorization: openUpstreamCredential(registry, deps.crypto),
    ...(deps.limits && { limits: deps.limits }),
    ...(deps.resolve && { resolve: deps.resolve }),
  });
  const directory = join(deps.directory, identityOf(registry, registry.upstreamUrl));
  const mirror = createMirror({ ...deps, upstream, directory });
  const stop = async () => {
    await mirror.stop();
    await upstream.close();
  };
  return { registry, source: mirror, stop };
}

/** What one registry fetched from one upstream is never served as another's, whatever the two may have in common. */
function identityOf(registry: Registry, upstreamUrl: string): string {
  return createHash('sha256').update(`${registry.id}\n${upstreamUrl}`).digest('hex').slice(0, 32);
}
