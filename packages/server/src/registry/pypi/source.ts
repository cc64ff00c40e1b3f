import type { DistributionFile, ProjectPage as WirePage } from '@pkgauth/protocol';
import type { Blob } from '../../core/ports/index.ts';
import type { ArrivalReader } from '../arrival.ts';

export type { DistributionFile };

/** What a source says about a project. `url` of a file is where the source keeps it; a view puts its own in its place. */
export type ProjectPage = Pick<WirePage, 'name' | 'files' | 'versions' | 'status'>;

/**
 * The hosted half of an organization's registries, for views. Names are PEP 503 normalised.
 *
 * A look-up of something absent answers `undefined` or `false`; an unreachable storage throws
 * `StorageError('unavailable')`.
 */
export type HostedIndex = {
  /** `undefined` when the registry has no file of that project. */
  project(registryId: string, name: string): Promise<ProjectPage | undefined>;
  /** Whether the registry ever had a file of that project: then no mirror may complete it. */
  exists(registryId: string, name: string): Promise<boolean>;
  file(registryId: string, filename: string): Promise<Blob | undefined>;
  /** The PEP 658 metadata of a file, whole. */
  metadata(registryId: string, filename: string): Promise<Uint8Array | undefined>;
  /** Normalised names, sorted. */
  projects(registryId: string): Promise<string[]>;
};

/** A project page with what the source knows about its age. */
export type SourcePage = {
  page: ProjectPage;
  /** Milliseconds since the epoch; the source wants to be asked again from here. */
  freshUntil: number;
  /** Set when the upstream could not be asked: when the page was last known to be right. */
  staleSince?: number;
};

/** A file of a page that this very source gave out. */
export type ListedFile = { project: string; file: DistributionFile };

/** How much of a file is asked for: all of it, or bytes from `first` to `last`, both included (RFC 9110 §14). */
export type ByteRange = { first: number; last: number | undefined } | { suffix: number };

/** The bytes of a file: kept, still arriving from an upstream, or one part of it passed on without being kept. */
export type FileContent =
  | { kind: 'blob'; blob: Blob }
  | { kind: 'arriving'; reader: ArrivalReader }
  | {
      kind: 'part';
      first: number;
      last: number;
      total: number;
      body: AsyncIterable<Uint8Array> & { destroy(): void };
    };

/**
 * One registry as a PyPI index: the seam between a view and what stands behind it. To add a source (for example an
 * index on object storage), implement this type and give it a row in `sources.ts`.
 *
 * `undefined` means absent for sure; a source that cannot know MUST throw (`upstream-failed`, `upstream-timeout`,
 * `unavailable`), so that a view never falls through to the next registry by accident.
 */
export type PypiSource = {
  readonly kind: 'hosted' | 'mirror';
  /** Whether the name is taken here for good: then no mirror may complete the project. */
  claims(name: string): Promise<boolean>;
  /** @param stale `accept` = a page past its time is good enough (looking up a file that it names). */
  project(name: string, stale: 'refuse' | 'accept'): Promise<SourcePage | undefined>;
  /** What a HEAD answers, without fetching the file. */
  stat(listed: ListedFile): Promise<{ size: number | undefined; sha256: string | undefined } | undefined>;
  file(listed: ListedFile, range: ByteRange | undefined): Promise<FileContent | undefined>;
  metadata(listed: ListedFile): Promise<Uint8Array | undefined>;
  projects(): Promise<readonly string[]>;
};
