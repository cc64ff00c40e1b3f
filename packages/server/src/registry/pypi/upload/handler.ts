import type { IncomingMessage, ServerResponse } from 'node:http';
import { decide, type Resource } from '../../../core/decide.ts';
import { credentialError, ServiceError } from '../../../core/errors.ts';
import type { HostedFile } from '../../../core/model.ts';
import type {
  Blob,
  BlobStore,
  Catalog,
  Clock,
  CredentialVerifier,
  RequestContext,
  ResolvedIndex,
  Storage,
} from '../../../core/ports/index.ts';
import { StorageError } from '../../../core/ports/index.ts';
import { actorOf, type Principal } from '../../../core/principal.ts';
import { checkDeclared, checkDistribution, type Declared } from './distribution.ts';
import { readUploadForm, type UploadForm } from './form.ts';

export type UploadDependencies = {
  storage: Storage;
  blobs: BlobStore;
  catalog: Catalog;
  verifier: CredentialVerifier;
  clock: Clock;
  /** Largest file, bytes. */
  fileLimit: number;
  contextOf(request: IncomingMessage): RequestContext;
  /** Gives an error its wire form (problem+json, reason phrase, challenge). */
  problems: { write(response: ServerResponse, error: unknown, requestId: string): void };
  /** A hosted project has a new file: cached pages of it are out of date. */
  onUploaded(registryId: string, project: string): void;
};

// `validate` is uv's question before it sends the file.
const route = /^\/v1\/upload\/([^/?]+)\/([^/?]+?)\/?(\/validate\/?)?$/;

/**
 * The upload door: `POST /v1/upload/<organization>/<registry>` takes the legacy upload API's form (twine, uv publish),
 * `…/validate` answers uv's question whether the file is there already. True when the request was one of these.
 */
export function createUploadHandler(
  deps: UploadDependencies,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  return (request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    const match = route.exec(path);
    if (match === null) return false;
    const [, organization = '', registry = '', validate] = match;
    const work =
      request.method === 'POST'
        ? answer()
        : Promise.reject(new ServiceError('method-not-allowed', 'an upload is a POST'));
    work.catch((error) => {
      deps.problems.write(response, error, deps.contextOf(request).requestId);
      discardRest(request);
    });
    return true;

    async function answer(): Promise<void> {
      const target = await authorize(deps, request, organization, registry);
      const form = await readUploadForm(request, deps.blobs, deps.fileLimit);
      try {
        const body =
          validate === undefined
            ? await publish(deps, request, target, form)
            : await exists(deps, target, form);
        writeJson(response, body);
      } finally {
        await form.content?.writer.discard();
      }
    }
  };
}

/** Clients read the answer only after they have sent the whole body: closing earlier would hide our words from them. */
function discardRest(request: IncomingMessage): void {
  request.resume();
  const patience = setTimeout(() => request.destroy(), 60_000).unref();
  request.once('close', () => clearTimeout(patience));
}

type Target = { principal: Principal; index: ResolvedIndex; registryId: string };

async function authorize(
  deps: UploadDependencies,
  request: IncomingMessage,
  organization: string,
  name: string,
): Promise<Target> {
  const verified = await deps.verifier.verify(request.headers.authorization);
  if (!verified.ok) throw credentialError(verified.problem, verified.message);
  const { principal } = verified;
  const index = await deps.catalog.resolve(organization, name, 'pypi');
  const resource: Resource =
    index === undefined
      ? { kind: 'index', organization, view: name, public: false, subscription: 'active' }
      : {
          kind: 'index',
          organization,
          view: index.name,
          public: index.public,
          subscription: index.subscription,
        };
  const decision = decide(principal, 'package.upload', resource);
  if (!decision.allow)
    throw new ServiceError(decision.reason, refusals[decision.reason](`${organization}/${name}`));
  if (index === undefined)
    throw new ServiceError('not-found', `there is no registry ${organization}/${name}`);
  return { principal, index, registryId: hostedRegistryOf(index) };
}

const refusals = {
  unauthenticated: () => 'an upload needs a credential',
  forbidden: (target: string) => `this credential may not upload to ${target}`,
  'subscription-ended': () => 'the subscription of this organization has ended',
  'not-found': (target: string) => `there is no registry ${target}`,
} as const;

function hostedRegistryOf(index: ResolvedIndex): string {
  const target = `${index.organization.slug}/${index.name}`;
  const [only] = index.registries;
  if (index.registries.length === 1 && only?.name === index.name) {
    if (only.upstreamUrl === null) return only.id;
    throw new ServiceError('invalid-request', `${target} is a mirror; upload to a hosted registry`);
  }
  const hosted = index.registries.filter((registry) => registry.upstreamUrl === null);
  const advice = hosted
    .map((registry) => `/v1/upload/${index.organization.slug}/${registry.name}`)
    .join(' or ');
  throw new ServiceError(
    'invalid-request',
    `${target} is a view; upload to ${advice || 'a hosted registry'}`,
  );
}

async function exists(
  deps: UploadDependencies,
  target: Target,
  form: UploadForm,
): Promise<{ exists: boolean }> {
  const filename = form.fields.get('filename')?.[0] ?? form.content?.filename;
  if (filename === undefined) throw new ServiceError('invalid-request', 'the form has no filename');
  const declared = checkDeclared(form.fields, filename);
  const present = await deps.storage.hostedFiles.get(target.registryId, declared.filename);
  if (present !== undefined && present.sha256 !== declared.sha256) throw alreadyExists(declared.filename);
  return { exists: present !== undefined };
}

async function publish(
  deps: UploadDependencies,
  request: IncomingMessage,
  target: Target,
  form: UploadForm,
): Promise<{ success: true }> {
  if (form.content === undefined)
    throw new ServiceError('invalid-request', 'the form has no file named content');
  const { filename, writer } = form.content;
  const declared = checkDeclared(form.fields, filename);
  const present = await deps.storage.hostedFiles.get(target.registryId, filename);
  if (present !== undefined && present.sha256 !== declared.sha256) throw alreadyExists(filename);
  const { metadata, requiresPython } = await checkDistribution(declared, writer.path, writer.size);
  const blob = await writer.commit(declared.sha256);
  if (present !== undefined) return { success: true };
  const metadataBlob = declared.kind === 'wheel' ? await keep(deps.blobs, metadata) : null;
  await record(deps, request, target, declared, blob, {
    requiresPython,
    metadataSha256: metadataBlob?.sha256 ?? null,
  });
  deps.onUploaded(target.registryId, declared.project);
  return { success: true };
}

async function keep(blobs: BlobStore, bytes: Uint8Array): Promise<Blob> {
  const writer = await blobs.create();
  try {
    await writer.write(bytes);
    return await writer.commit();
  } finally {
    await writer.discard();
  }
}

/** The row makes the file visible; it is written last, together with its audit event. */
async function record(
  deps: UploadDependencies,
  request: IncomingMessage,
  target: Target,
  declared: Declared,
  blob: Blob,
  extra: Pick<HostedFile, 'requiresPython' | 'metadataSha256'>,
): Promise<void> {
  const { ip, requestId } = deps.contextOf(request);
  const actor = actorOf(target.principal);
  const at = deps.clock.now();
  const { filename, project, version } = declared;
  const file: HostedFile = {
    registryId: target.registryId,
    filename,
    project,
    version,
    sha256: blob.sha256,
    size: blob.size,
    yanked: null,
    uploadedAt: at,
    uploadedBy: actor,
    ...extra,
  };
  const orgId = target.index.organization.id;
  try {
    await deps.storage.transaction(async (tx) => {
      await tx.hostedFiles.insert(file);
      await tx.audit.append({
        at,
        actor,
        action: 'package.upload',
        orgId,
        target: `${target.registryId}/${filename}`,
        ip,
        requestId,
        detail: { project, version, sha256: blob.sha256, size: blob.size },
      });
    });
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'conflict') throw error;
    const winner = await deps.storage.hostedFiles.get(target.registryId, filename);
    if (winner?.sha256 !== blob.sha256) throw alreadyExists(filename);
  }
}

/** twine recognises both the status and the words for `--skip-existing`. */
const alreadyExists = (filename: string) =>
  new ServiceError(
    'conflict',
    `File already exists: ${filename} was uploaded with other content, and a file name is never reused; publish a new version`,
  );

function writeJson(response: ServerResponse, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  });
  response.end(text);
}
