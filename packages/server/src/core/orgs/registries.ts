import { recordAudit } from '../audit.ts';
import { ServiceError } from '../errors.ts';
import type { Registry, RegistryKind, View } from '../model.ts';
import type { Clock, Epoch, Random, Storage } from '../ports/index.ts';
import { newId } from '../random-text.ts';
import type { By } from '../services.ts';

export type NewRegistry = {
  orgId: string;
  name: string;
  kind: RegistryKind;
  /** `null` makes a hosted registry. */
  upstreamUrl: string | null;
  /** `user:password`, a bare token, or a whole `Authorization` value. */
  upstreamCredential: string | null;
};

export type NewView = {
  orgId: string;
  name: string;
  public: boolean /** Names, in order of precedence. */;
  registries: readonly string[];
};

/**
 * Registries and views share the names of their organization. `invalid-request` for a name or address that cannot
 * be, `conflict` for a name that is taken, `not-found` for a registry that a view names and is not there.
 */
export type Registries = {
  add(input: NewRegistry, by: By): Promise<Registry>;
  addView(input: NewView, by: By): Promise<View>;
};

export type RegistryDeps = {
  storage: Storage;
  clock: Clock;
  random: Random;
  epoch: Epoch;
  /** Checks and seals an upstream's credential so that it opens for this registry only. */
  sealCredential(registryId: string, credential: string): string;
};

const namePattern = /^[a-z0-9][a-z0-9._-]{0,62}$/;

export function createRegistries(deps: RegistryDeps): Registries {
  const { storage, clock, random, epoch } = deps;
  return {
    async add(input, by) {
      const registry = newRegistry(deps, input);
      await storage.transaction(async (step) => {
        await requireFreeName(step, input.orgId, input.name);
        await step.registries.insert(registry);
        await step.revocations.bump();
        const detail = { name: registry.name, kind: registry.kind, hosted: registry.upstreamUrl === null };
        await recordAudit(step, clock, by, {
          action: 'registry.create',
          orgId: registry.orgId,
          target: registry.id,
          detail,
        });
      });
      await epoch.refresh();
      return registry;
    },
    async addView({ orgId, name, public: isPublic, registries }, by) {
      requireName(name);
      const view = await storage.transaction(async (step) => {
        await requireFreeName(step, orgId, name);
        const registryIds = await idsOf(step, orgId, registries);
        const made: View = {
          id: newId(random, 'viw'),
          orgId,
          name,
          public: isPublic,
          isDefault: false,
          registryIds,
          createdAt: clock.now(),
        };
        await step.registries.insertView(made);
        await step.revocations.bump();
        const detail = { name, public: isPublic, registries: [...registries] };
        await recordAudit(step, clock, by, { action: 'view.create', orgId, target: made.id, detail });
        return made;
      });
      await epoch.refresh();
      return view;
    },
  };
}

function newRegistry({ clock, random, sealCredential }: RegistryDeps, input: NewRegistry): Registry {
  const { orgId, name, kind, upstreamUrl, upstreamCredential } = input;
  requireName(name);
  if (upstreamUrl === null && upstreamCredential !== null) {
    throw new ServiceError('invalid-request', 'Only a mirror has an upstream credential');
  }
  const id = newId(random, 'reg');
  return {
    id,
    orgId,
    name,
    kind,
    upstreamUrl: upstreamUrl === null ? null : checkedUpstream(upstreamUrl),
    sealedUpstreamCredential: upstreamCredential === null ? null : sealCredential(id, upstreamCredential),
    createdAt: clock.now(),
  };
}

function checkedUpstream(text: string): string {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new ServiceError('invalid-request', 'An upstream is an http:// or https:// address');
  }
  if (url.username !== '' || url.password !== '') {
    throw new ServiceError(
      'invalid-request',
      'The upstream address must not hold its credential, which is kept sealed apart from it',
    );
  }
  url.hash = '';
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url.href;
}

function requireName(name: string): void {
  if (namePattern.test(name)) return;
  throw new ServiceError(
    'invalid-request',
    'A registry or view name has lower-case letters, digits, dots, hyphens and underscores, at most 63',
  );
}

async function requireFreeName(storage: Storage, orgId: string, name: string): Promise<void> {
  const [registries, views] = [
    await storage.registries.list(orgId),
    await storage.registries.listViews(orgId),
  ];
  if ([...registries, ...views].some((one) => one.name === name)) {
    throw new ServiceError('conflict', `The organization has a registry or view ${name} already`);
  }
}

async function idsOf(storage: Storage, orgId: string, names: readonly string[]): Promise<string[]> {
  const registries = await storage.registries.list(orgId);
  if (names.length === 0) throw new ServiceError('invalid-request', 'A view needs at least one registry');
  return names.map((name) => {
    const found = registries.find((registry) => registry.name === name);
    if (found === undefined) throw new ServiceError('not-found', `The organization has no registry ${name}`);
    return found.id;
  });
}
