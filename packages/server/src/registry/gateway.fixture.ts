import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FakeDistribution } from '@pkgauth/testkit';
import type { Registry } from '../core/model.ts';
import type { BlobStore, Crypto, ResolvedIndex, Timers, Verified } from '../core/ports/index.ts';
import { StorageError } from '../core/ports/index.ts';
import type { Principal } from '../core/principal.ts';
import { createProblems } from '../http/errors.ts';
import { openBlobStore } from './blobs.ts';
import { createRegistries, type Gateway } from './index.ts';
import type { HostedIndex, ProjectPage } from './pypi/source.ts';
import { type UpstreamLimits, upstreamLimits } from './upstream.ts';

/** The gateway on a real socket over plain stand-ins for what the rest of the service brings. */
export type GatewayFixture = AsyncDisposable & {
  readonly port: number;
  readonly directory: string;
  readonly gateway: Gateway;
  /** Milliseconds; moved by hand. */
  now: number;
  readonly principals: Map<string, Verified>;
  readonly indexes: Map<string, ResolvedIndex>;
  readonly hosted: FakeHosted;
  readonly counts: string[];
  blobs: BlobStore;
  ask(path: string, options?: AskOptions): Promise<Answer>;
};

export type AskOptions = { as?: string; method?: string; headers?: Record<string, string> };
export type Answer = {
  status: number;
  reason: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
  text: string;
  /** Whether the whole body came. */
  complete: boolean;
};

export const user = (roles: Record<string, 'owner' | 'admin' | 'member'>): Principal => ({
  kind: 'user',
  userId: 'usr_1',
  credential: 'access-token',
  roles,
  onlyOrganization: null,
  credentialId: 'ses_1',
});

const valid = (principal: Principal): Verified => ({
  ok: true,
  principal,
  expiresAt: Number.POSITIVE_INFINITY,
});

export const mirrorOf = (upstreamUrl: string, over: Partial<Registry> = {}): Registry => ({
  id: 'reg_mirror',
  orgId: 'org_acme',
  name: 'mirror',
  kind: 'pypi',
  upstreamUrl,
  sealedUpstreamCredential: null,
  createdAt: 0,
  ...over,
});

export const hostedRegistry = (over: Partial<Registry> = {}): Registry => ({
  ...mirrorOf(''),
  id: 'reg_hosted',
  name: 'hosted',
  upstreamUrl: null,
  ...over,
});

export const indexOf = (
  slug: string,
  name: string,
  registries: Registry[],
  over: Partial<ResolvedIndex> = {},
): ResolvedIndex => ({
  organization: { id: `org_${slug}`, slug },
  name,
  public: false,
  subscription: 'active',
  registries,
  ...over,
});

export type FakeHosted = HostedIndex & {
  down: boolean;
  put(registryId: string, project: string, distribution: FakeDistribution, blobs: BlobStore): Promise<void>;
};

function createFakeHosted(): FakeHosted {
  const pages = new Map<string, ProjectPage>();
  const contents = new Map<string, { distribution: FakeDistribution; blobs: BlobStore }>();
  const check = () => {
    if (fake.down) throw new StorageError('unavailable', 'the database is down');
  };
  const fake: FakeHosted = {
    down: false,
    async put(registryId, project, distribution, blobs) {
      const { filename, content, sha256 } = distribution;
      const writer = await blobs.create();
      await writer.write(content);
      await writer.commit();
      const key = `${registryId}/${project}`;
      const before = pages.get(key)?.files ?? [];
      const file = { filename, url: filename, hashes: { sha256 }, size: content.length, coreMetadata: true };
      pages.set(key, { name: project, files: [...before, file], versions: ['1.0'] });
      contents.set(`${registryId}/${filename}`, { distribution, blobs });
    },
    async project(registryId, name) {
      check();
      return structuredClone(pages.get(`${registryId}/${name}`));
    },
    async exists(registryId, name) {
      check();
      return pages.has(`${registryId}/${name}`);
    },
    async file(registryId, filename) {
      check();
      const found = contents.get(`${registryId}/${filename}`);
      return found?.blobs.find(found.distribution.sha256);
    },
    async metadata(registryId, filename) {
      check();
      const found = contents.get(`${registryId}/${filename}`);
      return found && Buffer.from(found.distribution.metadata);
    },
    async projects(registryId) {
      check();
      return [...pages.keys()].flatMap((key) =>
        key.startsWith(`${registryId}/`) ? [key.slice(registryId.length + 1)] : [],
      );
    },
  };
  return fake;
}

/** Bearer tokens are names: `member` of acme, `outsider` of another organization, and so on. */
export async function startGateway(
  options: { limits?: Partial<UpstreamLimits> } = {},
): Promise<GatewayFixture> {
  const directory = await mkdtemp(join(tmpdir(), 'pkgauth-gateway-'));
  const problems = createProblems('http://127.0.0.1');
  const crypto = { open: (sealed: string) => sealed.replace('sealed:', '') } as unknown as Crypto;
  const timers: Timers = {
    every: () => () => {},
    // Short pauses pass at once; patience does not run out.
    wait: (milliseconds, signal) =>
      milliseconds < 5000
        ? Promise.resolve()
        : new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
  };
  const principals = new Map<string, Verified>([
    ['member', valid(user({ acme: 'member' }))],
    ['outsider', valid(user({ other: 'owner' }))],
    ['expired', { ok: false, problem: 'expired', message: 'the token has expired' }],
    ['revoked', { ok: false, problem: 'revoked', message: 'the token was revoked' }],
    [
      'limited',
      valid({
        kind: 'accessor',
        accessorId: 'acc_1',
        organization: 'acme',
        views: ['other-view'],
        credentialId: 'x',
      }),
    ],
  ]);
  const indexes = new Map<string, ResolvedIndex>();
  const hosted = createFakeHosted();
  const counts: string[] = [];
  const fixture = { now: 1_000_000, blobs: await openBlobStore(join(directory, 'blobs')) };
  const gateway = createRegistries({
    verifier: {
      verify(authorization) {
        if (authorization === undefined)
          return { ok: false, problem: 'missing', message: 'no credential was sent' };
        const known = principals.get(authorization.replace('Bearer ', ''));
        return known ?? { ok: false, problem: 'unknown', message: 'the credential is not known here' };
      },
    },
    catalog: { resolve: (slug, name) => indexes.get(`${slug}/${name}`) },
    hosted,
    blobs: { find: (hash) => fixture.blobs.find(hash), create: () => fixture.blobs.create() },
    crypto,
    clock: { now: () => fixture.now },
    timers,
    directory: join(directory, 'mirrors'),
    writeProblem: (response, error) => problems.write(response, error, 'req_1'),
    counters: {
      decision: (outcome) => counts.push(outcome),
      page: (outcome) => counts.push(`page ${outcome}`),
      upstream: (what, outcome) => counts.push(`${what} ${outcome}`),
    },
    limits: { ...upstreamLimits, ...options.limits },
  });
  const server = createServer((request, response) => {
    response.on('error', () => {});
    if (!gateway.handle(request, response)) response.writeHead(421).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(fixture, {
    port,
    directory,
    gateway,
    principals,
    indexes,
    hosted,
    counts,
    ask: (path: string, asked: AskOptions = {}) => ask(port, path, asked),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await gateway.stop();
      await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  });
}

function ask(port: number, path: string, { as, method = 'GET', headers = {} }: AskOptions): Promise<Answer> {
  const authorization = as === undefined ? {} : { authorization: `Bearer ${as}` };
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { port, host: '127.0.0.1', path, method, headers: { ...authorization, ...headers } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', () => {});
        response.on('close', () => {
          const body = Buffer.concat(chunks);
          resolve({
            status: response.statusCode ?? 0,
            reason: response.statusMessage ?? '',
            headers: response.headers,
            body,
            text: body.toString(),
            complete: response.complete,
          });
        });
      },
    );
    request.on('error', reject);
    request.end();
  });
}
