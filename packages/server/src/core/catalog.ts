import { subscriptionState } from './decide.ts';
import type { Organization, Registry, RegistryKind, Subscription, View } from './model.ts';
import {
  type Catalog,
  type Clock,
  type Epoch,
  type ResolvedIndex,
  type Storage,
  StorageError,
} from './ports/index.ts';

/**
 * Indexes by name, from memory. An organization is read once and stands until the epoch moves; whoever changes
 * organizations, registries, views or subscriptions MUST bump the epoch. When the storage is unavailable, what was
 * known goes on (GW11); what was not is `StorageError('unavailable')`.
 *
 * An index that a change did not touch keeps its identity: the same object is answered before and after, so that
 * whatever was derived from it may be kept by comparing references.
 */
export function createCatalog(storage: Storage, epoch: Epoch, clock: Clock): Catalog {
  const known = new Map<string, Snapshot>();
  const loading = new Map<string, { epoch: number; load: Promise<Snapshot | undefined> }>();

  async function load(slug: string, at: number): Promise<Snapshot | undefined> {
    const before = known.get(slug);
    try {
      const snapshot = await readOrganization(storage, slug, at, before);
      if (snapshot === undefined) known.delete(slug);
      else known.set(slug, snapshot);
      return snapshot;
    } catch (error) {
      if (before === undefined || !(error instanceof StorageError) || error.code !== 'unavailable')
        throw error;
      before.standsUntil = clock.now() + outagePause;
      return before;
    }
  }

  /** A load that began before the epoch moved must not answer a question that came after. */
  function loadOnce(slug: string, at: number): Promise<Snapshot | undefined> {
    const running = loading.get(slug);
    if (running?.epoch === at) return running.load;
    const started = { epoch: at, load: load(slug, at) };
    loading.set(slug, started);
    const forget = () => {
      if (loading.get(slug) === started) loading.delete(slug);
    };
    started.load.then(forget, forget);
    return started.load;
  }

  return {
    resolve(slug, name, kind) {
      const at = epoch.current;
      const now = clock.now();
      const snapshot = known.get(slug);
      if (snapshot !== undefined && (snapshot.epoch === at || now < snapshot.standsUntil)) {
        return snapshot.find(name, kind, now);
      }
      return loadOnce(slug, at).then((loaded) => loaded?.find(name, kind, clock.now()));
    },
  };
}

/** Milliseconds for which an unavailable storage is not asked again about an organization that is known. */
const outagePause = 1000;

type Snapshot = {
  epoch: number;
  /** Out of date, but the storage could not be asked: stands until here. */
  standsUntil: number;
  find(name: string, kind: RegistryKind, now: number): ResolvedIndex | undefined;
  /** Every index that was asked for, by kind and name. */
  resolved: Resolved;
};
type Resolved = Map<string, ByState>;
/** The state of a subscription changes by time alone, without an epoch. */
type ByState = Partial<Record<ResolvedIndex['subscription'], ResolvedIndex>>;

type Facts = {
  organization: Organization;
  registries: Registry[];
  views: View[];
  subscription: Subscription | undefined;
};

async function readOrganization(
  storage: Storage,
  slug: string,
  epoch: number,
  before: Snapshot | undefined,
): Promise<Snapshot | undefined> {
  const organization = await storage.organizations.findBySlug(slug);
  if (organization === undefined) return undefined;
  const [registries, views, subscription] = await Promise.all([
    storage.registries.list(organization.id),
    storage.registries.listViews(organization.id),
    storage.organizations.subscriptions.get(organization.id),
  ]);
  return createSnapshot(epoch, { organization, registries, views, subscription }, before?.resolved);
}

function createSnapshot(epoch: number, facts: Facts, before: Resolved | undefined): Snapshot {
  const resolved: Resolved = new Map();
  return {
    epoch,
    standsUntil: 0,
    resolved,
    find(name, kind, now) {
      const suspended = facts.organization.suspendedAt !== null && facts.organization.suspendedAt <= now;
      const state = suspended ? 'ended' : subscriptionState(facts.subscription, now);
      const key = `${kind}/${name}`;
      const found = resolved.get(key)?.[state];
      if (found !== undefined) return found;
      const made = resolve(facts, name, kind, state, suspended);
      if (made === undefined) return undefined;
      const kept = sameOr(before?.get(key)?.[state], made);
      resolved.set(key, { ...resolved.get(key), [state]: kept });
      return kept;
    },
  };
}

function resolve(
  facts: Facts,
  name: string,
  kind: RegistryKind,
  subscription: ResolvedIndex['subscription'],
  suspended: boolean,
): ResolvedIndex | undefined {
  const { id, slug } = facts.organization;
  const base = { organization: { id, slug }, name, subscription };
  const ofKind = facts.registries.filter((registry) => registry.kind === kind);
  const view = facts.views.find((one) => one.name === name);
  if (view !== undefined) {
    return { ...base, public: view.public && !suspended, registries: hostedFirst(composed(view, ofKind)) };
  }
  const registry = ofKind.find((one) => one.name === name);
  return registry && { ...base, public: false, registries: [registry] };
}

function composed(view: View, registries: Registry[]): Registry[] {
  if (view.isDefault)
    return registries.toSorted((a, b) => a.createdAt - b.createdAt || (a.name < b.name ? -1 : 1));
  return view.registryIds.flatMap((id) => registries.filter((registry) => registry.id === id));
}

/** Hosted registries win over mirrors whatever order was written down (dependency confusion). */
function hostedFirst(registries: readonly Registry[]): Registry[] {
  return registries.toSorted((a, b) => Number(a.upstreamUrl !== null) - Number(b.upstreamUrl !== null));
}

function sameOr(old: ResolvedIndex | undefined, made: ResolvedIndex): ResolvedIndex {
  return old !== undefined && JSON.stringify(old) === JSON.stringify(made) ? old : made;
}
