import { beforeEach, describe, expect, it } from 'vitest';
import { createCatalog } from './catalog.ts';
import { subscriptionGrace } from './decide.ts';
import type { Organization, Registry, Subscription, View } from './model.ts';
import { type Catalog, type Epoch, type Storage, StorageError } from './ports/index.ts';

const organization = (slug: string): Organization => ({
  id: `org_${slug}`,
  slug,
  title: slug,
  createdAt: 0,
  suspendedAt: null,
});
const registry = (name: string, over: Partial<Registry> = {}): Registry => ({
  id: `reg_${name}`,
  orgId: 'org_acme',
  name,
  kind: 'pypi',
  upstreamUrl: null,
  sealedUpstreamCredential: null,
  createdAt: 0,
  ...over,
});
const mirror = (name: string, over: Partial<Registry> = {}) =>
  registry(name, { upstreamUrl: 'http://127.0.0.1:1/simple/', ...over });
const view = (name: string, over: Partial<View> = {}): View => ({
  id: `view_${name}`,
  orgId: 'org_acme',
  name,
  public: false,
  isDefault: false,
  registryIds: [],
  createdAt: 0,
  ...over,
});

/** Only what the catalog reads, with a switch to pull the plug and a count of the reads. */
function fakeStorage() {
  const facts = {
    organizations: [organization('acme')],
    registries: [] as Registry[],
    views: [] as View[],
    subscription: undefined as Subscription | undefined,
    down: false,
    reads: 0,
    gate: undefined as Promise<void> | undefined,
  };
  const storage = {
    organizations: {
      async findBySlug(slug: string) {
        facts.reads += 1;
        if (facts.down) throw new StorageError('unavailable', 'the database is down');
        const found = facts.organizations.find((one) => one.slug === slug);
        await facts.gate;
        return found && { ...found };
      },
      subscriptions: { get: async () => facts.subscription },
    },
    registries: {
      list: async () => structuredClone(facts.registries),
      listViews: async () => structuredClone(facts.views),
    },
  } as unknown as Storage;
  return { facts, storage };
}

describe('catalog', () => {
  let now: number;
  let epoch: { current: number };
  let fake: ReturnType<typeof fakeStorage>;
  let catalog: Catalog;
  const names = async (name: string) =>
    (await catalog.resolve('acme', name, 'pypi'))?.registries.map((one) => one.name);

  beforeEach(() => {
    now = 1000;
    epoch = { current: 1 };
    fake = fakeStorage();
    catalog = createCatalog(fake.storage, epoch as Epoch, { now: () => now });
  });

  it('resolves a view to its registries in order, hosted ones first', async () => {
    fake.facts.registries = [mirror('m1'), registry('h1'), mirror('m2'), registry('h2')];
    fake.facts.views = [view('main', { registryIds: ['reg_m2', 'reg_h2', 'reg_m1', 'reg_h1', 'reg_gone'] })];
    expect(await names('main')).toEqual(['h2', 'h1', 'm2', 'm1']);
  });

  it('gives the default view every registry of the kind, oldest first within hosted and mirrors', async () => {
    fake.facts.registries = [
      mirror('m', { createdAt: 1 }),
      registry('young', { createdAt: 9 }),
      registry('old', { createdAt: 2 }),
      registry('channel', { kind: 'conda' }),
    ];
    fake.facts.views = [view('main', { isDefault: true })];
    expect(await names('main')).toEqual(['old', 'young', 'm']);
    expect((await catalog.resolve('acme', 'main', 'conda'))?.registries.map((one) => one.name)).toEqual([
      'channel',
    ]);
  });

  it('resolves a view before a registry of the same name, and a registry alone to itself, never public', async () => {
    fake.facts.registries = [registry('a'), registry('b')];
    fake.facts.views = [view('a', { registryIds: ['reg_b'], public: true })];
    expect(await catalog.resolve('acme', 'a', 'pypi')).toMatchObject({
      public: true,
      registries: [{ name: 'b' }],
    });
    expect(await catalog.resolve('acme', 'b', 'pypi')).toMatchObject({
      public: false,
      registries: [{ name: 'b' }],
    });
    expect(await catalog.resolve('acme', 'b', 'conda')).toBeUndefined();
    expect(await catalog.resolve('acme', 'c', 'pypi')).toBeUndefined();
    expect(await catalog.resolve('other', 'a', 'pypi')).toBeUndefined();
  });

  it('answers without waiting and without storage while the epoch stands', async () => {
    fake.facts.views = [view('main')];
    const first = await catalog.resolve('acme', 'main', 'pypi');
    const { reads } = fake.facts;
    expect(catalog.resolve('acme', 'main', 'pypi')).toBe(first);
    expect(catalog.resolve('acme', 'absent', 'pypi')).toBeUndefined();
    expect(fake.facts.reads).toBe(reads);
  });

  it('sees a change with the next epoch, and keeps the identity of an index that did not change', async () => {
    fake.facts.registries = [registry('a'), registry('b')];
    const [a, b] = [await catalog.resolve('acme', 'a', 'pypi'), await catalog.resolve('acme', 'b', 'pypi')];
    fake.facts.registries = [registry('a'), mirror('b')];
    expect(catalog.resolve('acme', 'b', 'pypi')).toBe(b);
    epoch.current = 2;
    expect(await catalog.resolve('acme', 'a', 'pypi')).toBe(a);
    expect(await catalog.resolve('acme', 'b', 'pypi')).not.toBe(b);
    expect(await names('b')).toEqual(['b']);
  });

  it('reads an organization once for 50 who ask at once', async () => {
    fake.facts.views = [view('main')];
    await Promise.all(Array.from({ length: 50 }, async () => catalog.resolve('acme', 'main', 'pypi')));
    expect(fake.facts.reads).toBe(1);
  });

  it('never answers from a read that began before the epoch moved', async () => {
    let open = () => {};
    fake.facts.gate = new Promise((resolve) => {
      open = resolve;
    });
    fake.facts.organizations = [organization('acme')];
    fake.facts.views = [view('main', { public: true })];
    const early = catalog.resolve('acme', 'main', 'pypi');
    fake.facts.organizations = [{ ...organization('acme'), suspendedAt: 1 }];
    epoch.current = 2;
    const late = catalog.resolve('acme', 'main', 'pypi');
    open();
    expect(await early).toMatchObject({ public: true });
    expect(await late).toMatchObject({ public: false, subscription: 'ended' });
  });

  it('ends a subscription when its time has come, with no epoch, and keeps both identities', async () => {
    fake.facts.views = [view('main')];
    fake.facts.subscription = {
      orgId: 'org_acme',
      plan: 'p',
      seats: 1,
      startsAt: 0,
      endsAt: 5000,
      cancelledAt: null,
    };
    const active = await catalog.resolve('acme', 'main', 'pypi');
    expect(active).toMatchObject({ subscription: 'active' });
    now = 5000 + subscriptionGrace;
    const ended = await catalog.resolve('acme', 'main', 'pypi');
    expect(ended).toMatchObject({ subscription: 'ended' });
    expect(catalog.resolve('acme', 'main', 'pypi')).toBe(ended);
    now -= 1;
    expect(catalog.resolve('acme', 'main', 'pypi')).toBe(active);
  });

  it('GW11 goes on with what is known when the storage is down, and takes up the change when it is back', async () => {
    fake.facts.registries = [registry('a')];
    const before = await catalog.resolve('acme', 'a', 'pypi');
    fake.facts.down = true;
    epoch.current = 2;
    expect(await catalog.resolve('acme', 'a', 'pypi')).toBe(before);
    const { reads } = fake.facts;
    expect(catalog.resolve('acme', 'a', 'pypi')).toBe(before);
    expect(fake.facts.reads).toBe(reads);
    await expect(catalog.resolve('unknown', 'a', 'pypi')).rejects.toMatchObject({ code: 'unavailable' });
    fake.facts.down = false;
    fake.facts.registries = [];
    now += 1000;
    expect(await catalog.resolve('acme', 'a', 'pypi')).toBeUndefined();
  });

  it('forgets an organization that is gone', async () => {
    fake.facts.registries = [registry('a')];
    await catalog.resolve('acme', 'a', 'pypi');
    fake.facts.organizations = [];
    epoch.current = 2;
    expect(await catalog.resolve('acme', 'a', 'pypi')).toBeUndefined();
    fake.facts.down = true;
    await expect(catalog.resolve('acme', 'a', 'pypi')).rejects.toMatchObject({ code: 'unavailable' });
  });
});
