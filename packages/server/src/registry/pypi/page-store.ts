import { type Blob, type Clock, type ResolvedIndex, StorageError } from '../../core/ports/index.ts';
import { type Rendered, weightOf } from '../rendered.ts';
import { createWeightedCache } from '../weighted-cache.ts';
import type { Sources } from './sources.ts';
import { isSameView, readProject, type ViewPage } from './view.ts';

/** A project of an index with everything that was made from it. */
export type PageEntry = {
  readonly index: ResolvedIndex;
  view: ViewPage;
  readonly pages: Partial<Record<'json' | 'html', Rendered>>;
  /** Kept files by name, so that they are sent without asking anybody. */
  readonly files: Map<string, Blob>;
  readonly metadata: Map<string, Rendered>;
};

/** Bytes of memory for pages and metadata, rendered. */
const memory = 128 * 1024 * 1024;
/** Milliseconds for which an unavailable storage is not asked again about a project that is known. */
const outagePause = 1000;

/**
 * The projects that are asked for, in memory while nothing says that they have changed: not the index (its identity,
 * which the catalog keeps while nothing of it changes), not an upload, not the time.
 */
export class PageStore {
  readonly #sources: Sources;
  readonly #clock: Clock;
  readonly #entries = createWeightedCache<PageEntry>(memory);
  readonly #loading = new Map<
    string,
    { index: ResolvedIndex; changes: number; work: Promise<PageEntry | undefined> }
  >();
  /** Rises with every change of a hosted project, so that what was read before is not kept after. */
  #changes = 0;

  constructor(sources: Sources, clock: Clock) {
    this.#sources = sources;
    this.#clock = clock;
  }

  /** What is at hand. @param use `page`: as a project page; `file`: to look up a file that it names. */
  find(key: string, index: ResolvedIndex, use: 'page' | 'file'): PageEntry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.index !== index) return undefined;
    if (use === 'file' && entry.view.filesStay) return entry;
    return this.#clock.now() < entry.view.freshUntil ? entry : undefined;
  }

  /** Reads the project, once for all who ask meanwhile. `undefined` when no registry of the index has it. */
  load(
    key: string,
    index: ResolvedIndex,
    project: string,
    stale: 'refuse' | 'accept',
  ): Promise<PageEntry | undefined> {
    const flight = `${stale} ${key}`;
    const running = this.#loading.get(flight);
    if (running?.index === index && running.changes === this.#changes) return running.work;
    const started = { index, changes: this.#changes, work: this.#read(key, index, project, stale) };
    this.#loading.set(flight, started);
    const forget = () => {
      if (this.#loading.get(flight) === started) this.#loading.delete(flight);
    };
    started.work.then(forget, forget);
    return started.work;
  }

  /** Counts what was added to an entry; call after rendering into it. */
  weigh(key: string, entry: PageEntry): void {
    if (this.#entries.get(key) === entry) this.#entries.set(key, entry, weightOfEntry(entry));
  }

  hostedChanged(registryId: string, project: string): void {
    this.#changes += 1;
    for (const [key, { index, view }] of this.#entries.entries()) {
      const concerned =
        view.name === project && index.registries.some((registry) => registry.id === registryId);
      if (concerned) this.#entries.delete(key);
    }
  }

  async #read(key: string, index: ResolvedIndex, project: string, stale: 'refuse' | 'accept') {
    const changes = this.#changes;
    const sources = index.registries.map((registry) => this.#sources.of(registry));
    const before = this.#entries.get(key);
    const known = before?.index === index ? before : undefined;
    try {
      const view = await readProject(sources, project, stale, this.#clock);
      if (view === undefined) {
        this.#entries.delete(key);
        return undefined;
      }
      const entry = known !== undefined && isSameView(known.view, view) ? known : entryOf(index, view);
      entry.view = view;
      if (changes === this.#changes) this.#entries.set(key, entry, weightOfEntry(entry));
      return entry;
    } catch (error) {
      if (known === undefined || !(error instanceof StorageError) || error.code !== 'unavailable')
        throw error;
      // What is known goes on while the storage is away (GW11).
      const { freshUntil, staleSince = freshUntil } = known.view;
      known.view = { ...known.view, staleSince, freshUntil: this.#clock.now() + outagePause };
      return known;
    }
  }
}

function entryOf(index: ResolvedIndex, view: ViewPage): PageEntry {
  return { index, view, pages: {}, files: new Map(), metadata: new Map() };
}

function weightOfEntry({ pages, files, metadata }: PageEntry): number {
  let weight = 2000 + files.size * 400;
  for (const page of [pages.json, pages.html]) if (page !== undefined) weight += weightOf(page);
  for (const one of metadata.values()) weight += weightOf(one);
  return weight;
}
