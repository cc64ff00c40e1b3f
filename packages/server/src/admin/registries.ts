import type { Registry, View } from '../core/model.ts';
import { iso, many, one } from './answers.ts';
import {
  flag,
  listOption,
  oneOf,
  optional,
  organizationOf,
  positional,
  required,
  scopedName,
} from './arguments.ts';
import { by, type Command, UsageError } from './command.ts';

const text = { type: 'string' } as const;
const yes = { type: 'boolean' } as const;

export const registryCommands: readonly Command[] = [
  {
    path: ['registry', 'add'],
    usage: 'ORG/NAME --kind pypi|conda [--upstream URL [--upstream-credential-stdin]]',
    summary: 'Add a registry: a mirror of an upstream, or one that holds uploads.',
    positionals: 1,
    options: { kind: text, upstream: text, 'upstream-credential-stdin': yes },
    async run(administration, input) {
      const { slug, name } = scopedName(positional(input, 0));
      const { id } = await organizationOf(administration, slug);
      const kind = oneOf('kind', required(input, 'kind'), ['pypi', 'conda']);
      const upstreamUrl = optional(input, 'upstream') ?? null;
      const piped = flag(input, 'upstream-credential-stdin');
      if (piped && upstreamUrl === null) throw new UsageError('--upstream-credential-stdin needs --upstream');
      const upstreamCredential = piped ? await input.stdin() : null;
      const made = await administration.registries.add(
        { orgId: id, name, kind, upstreamUrl, upstreamCredential },
        by,
      );
      return one({ organization: slug, ...describedRegistry(made) });
    },
  },
  {
    path: ['registry', 'list'],
    usage: 'ORG',
    summary: 'List the registries of an organization.',
    positionals: 1,
    options: {},
    async run(administration, input) {
      const { id } = await organizationOf(administration, positional(input, 0));
      const registries = await administration.storage.registries.list(id);
      return many('registries', registries.map(describedRegistry));
    },
  },
  {
    path: ['view', 'add'],
    usage: 'ORG/NAME --registries A,B [--public]',
    summary:
      'Add a view over registries, in order of precedence; --public lets every user of the service read it.',
    positionals: 1,
    options: { registries: text, public: yes },
    async run(administration, input) {
      const { slug, name } = scopedName(positional(input, 0));
      const { id } = await organizationOf(administration, slug);
      const wanted = {
        orgId: id,
        name,
        public: flag(input, 'public'),
        registries: listOption(input, 'registries'),
      };
      const made = await administration.registries.addView(wanted, by);
      const registries = await administration.storage.registries.list(id);
      return one({ organization: slug, ...describedView(made, registries) });
    },
  },
  {
    path: ['view', 'list'],
    usage: 'ORG',
    summary: 'List the views of an organization.',
    positionals: 1,
    options: {},
    async run({ storage, ...administration }, input) {
      const { id } = await organizationOf({ storage, ...administration }, positional(input, 0));
      const registries = await storage.registries.list(id);
      const views = await storage.registries.listViews(id);
      return many(
        'views',
        views.map((view) => describedView(view, registries)),
      );
    },
  },
];

function describedRegistry(registry: Registry) {
  return {
    id: registry.id,
    name: registry.name,
    kind: registry.kind,
    upstream: registry.upstreamUrl,
    upstream_credential: registry.sealedUpstreamCredential !== null,
    created_at: iso(registry.createdAt),
  };
}

function describedView(view: View, all: readonly Registry[]) {
  const named = view.isDefault
    ? all
    : view.registryIds.flatMap((id) => all.filter((registry) => registry.id === id));
  return {
    id: view.id,
    name: view.name,
    public: view.public,
    default: view.isDefault,
    registries: named.map(({ name }) => name),
    created_at: iso(view.createdAt),
  };
}
