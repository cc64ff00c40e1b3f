import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseSimpleHtml, parseSimpleJson } from '@pkgauth/protocol';
import { ServiceError } from '../../core/errors.ts';
import type { BlobStore, Clock, Timers } from '../../core/ports/index.ts';
import { bestDigest } from '../digest.ts';
import { type DocumentHead, MirroredDocuments } from '../mirrored-documents.ts';
import { type AnnouncedFile, type KeptFile, MirroredFiles } from '../mirrored-files.ts';
import { createRecordStore, type RecordStore } from '../record-store.ts';
import { type Upstream, type UpstreamLimits, upstreamLimits } from '../upstream.ts';
import { parseProjectList } from './project-list.ts';
import type { DistributionFile, ListedFile, ProjectPage, PypiSource, SourcePage } from './source.ts';

export type MirrorOptions = {
  upstream: Upstream;
  /** For this mirror alone: it tells apart what came from which upstream under which credential. */
  directory: string;
  blobs: BlobStore;
  clock: Clock;
  timers: Timers;
  limits?: UpstreamLimits;
  count(what: 'page' | 'file', outcome: string): void;
};

export type Mirror = PypiSource & { stop(): Promise<void> };

/** Bytes. */
const bounds = {
  pagesOnDisk: 1024 * 1024 * 1024,
  pagesInMemory: 64 * 1024 * 1024,
  listInMemory: 64 * 1024 * 1024,
  /** Records of kept files, some 200 bytes each. */
  kept: 64 * 1024 * 1024,
} as const;

const accept =
  'application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01';

/** A registry that pulls from an upstream simple index (PEP 503 or 691) what its clients ask for. */
export function createMirror(options: MirrorOptions): Mirror {
  const { upstream, directory, blobs, timers, count } = options;
  const records = createRecordStore<DocumentHead>(join(directory, 'pages'), bounds.pagesOnDisk);
  const pages = createDocuments(options, records, bounds.pagesInMemory, parsePage, weighPage);
  const lists = createDocuments(
    options,
    records,
    bounds.listInMemory,
    parseList,
    (names) => names.length * 80,
  );
  const files = new MirroredFiles({
    upstream,
    blobs,
    kept: createRecordStore<KeptFile>(join(directory, 'kept'), bounds.kept),
    timers,
    count: (outcome) => count('file', outcome),
  });

  async function project(name: string, stale: 'refuse' | 'accept'): Promise<SourcePage | undefined> {
    const document = await pages.get(name, stale);
    if (document === undefined) return undefined;
    const { value, ...age } = document;
    return { page: value, ...age };
  }

  /** A file's address may have expired, and its page with it: then the page is asked for again, once. */
  async function withFreshAddress<T>(
    listed: ListedFile,
    work: (file: DistributionFile) => Promise<T>,
  ): Promise<T> {
    try {
      return await work(listed.file);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      const page = await pages.renew(listed.project).catch(() => undefined);
      const now = page?.value.files.find((file) => file.filename === listed.file.filename);
      if (now === undefined || now.url === listed.file.url) throw error;
      return work(now);
    }
  }

  return {
    kind: 'mirror',
    project,
    claims: () => Promise.resolve(false),
    file: (listed, range) => withFreshAddress(listed, (file) => files.open(file, range)),
    stat: (listed) => withFreshAddress(listed, (file) => describe(files, file)),
    metadata: (listed) => withFreshAddress(listed, (file) => readMetadata(files, file)),
    async projects() {
      return (await lists.get('', 'refuse'))?.value ?? [];
    },
    stop: () => files.stop(),
  };
}

function createDocuments<T>(
  { upstream, clock, timers, limits = upstreamLimits, count }: MirrorOptions,
  records: RecordStore<DocumentHead>,
  memory: number,
  parse: (key: string, body: Buffer, head: DocumentHead) => T,
  weigh: (value: T) => number,
): MirroredDocuments<T> {
  return new MirroredDocuments({
    upstream,
    limits,
    records,
    clock,
    timers,
    accept,
    addressOf: (name) => new URL(name === '' ? upstream.url.href : `${name}/`, upstream.url),
    parse,
    weigh,
    memory,
    count: (outcome) => count('page', outcome),
  });
}

function parsePage(name: string, body: Buffer, head: DocumentHead): ProjectPage {
  const page =
    notationOf(head) === 'json' ? parseSimpleJson(body, head.url) : parseSimpleHtml(body, head.url, name);
  const { files, versions, status } = page;
  return { name, files: files.map(ownFields), versions, ...(status === undefined ? {} : { status }) };
}

/** Signatures and attestations stay at the upstream: their addresses would send clients there. */
function ownFields({
  provenance: _provenance,
  gpgSig: _gpgSig,
  ...file
}: DistributionFile): DistributionFile {
  return file;
}

const parseList = (_key: string, body: Buffer, head: DocumentHead): string[] =>
  parseProjectList(body.toString('utf8'), notationOf(head));

function notationOf({ type }: DocumentHead): 'json' | 'html' {
  if (/^application\/(?:vnd\.pypi\.simple\.v1\+)?json\b/i.test(type)) return 'json';
  if (/^(?:text\/html|application\/vnd\.pypi\.simple\.v1\+html|application\/xhtml\+xml)\b/i.test(type))
    return 'html';
  throw new Error(`neither JSON nor HTML: ${type}`);
}

/** Measured with pages of a large index: some 700 bytes for each file. */
const weighPage = ({ files }: ProjectPage): number => 1000 + files.length * 700;

async function describe(files: MirroredFiles, file: DistributionFile) {
  const blob = await files.find(file);
  if (blob !== undefined) return { size: blob.size, sha256: blob.sha256 };
  return { size: file.size ?? (await files.sizeOf(file)), sha256: announcedSha256(file) };
}

function announcedSha256({ hashes }: DistributionFile): string | undefined {
  const digest = bestDigest(hashes);
  return digest?.algorithm === 'sha256' ? digest.hex : undefined;
}

async function readMetadata(files: MirroredFiles, file: DistributionFile): Promise<Uint8Array | undefined> {
  const { coreMetadata = false, filename, url } = file;
  if (coreMetadata === false) return undefined;
  const announced: AnnouncedFile = {
    filename: `${filename}.metadata`,
    url: metadataUrl(url),
    hashes: coreMetadata === true ? {} : coreMetadata,
  };
  const blob = await files.find(announced);
  return blob === undefined ? files.read(announced) : readFile(blob.path);
}

/** PEP 658: `.metadata` is appended to the file's URL; a query stays behind it. */
function metadataUrl(url: string): string {
  const parsed = new URL(url);
  parsed.pathname += '.metadata';
  return parsed.href;
}
