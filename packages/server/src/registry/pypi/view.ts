import {
  type DistributionFile,
  renderSimpleHtml,
  renderSimpleJson,
  versionsOfFiles,
} from '@pkgauth/protocol';
import type { Clock } from '../../core/ports/index.ts';
import { hostedFresh } from './hosted-source.ts';
import type { ListedFile, ProjectPage, PypiSource, SourcePage } from './source.ts';

/** A project as a view shows it: the pages of the registries that it is made of, the strongest first. */
export type ViewPage = {
  name: string;
  parts: readonly ViewPart[];
  /** Milliseconds since the epoch. */
  freshUntil: number;
  /** Whether the page may be used beyond `freshUntil` to look up files that it names: no hosted registry has a say. */
  filesStay: boolean;
  /** When the oldest part was last known to be right, if its upstream could not be asked since. */
  staleSince?: number;
};
export type ViewPart = { source: PypiSource; page: ProjectPage };

/**
 * Reads a project through the registries of a view, given in order of precedence
 * (docs/decisions/0007):
 * - if any hosted registry ever had the name, the project consists of the hosted registries' files alone, whatever
 *   mirrors offer under that name (dependency confusion);
 * - else it is what the first mirror that knows it says. A mirror that cannot be asked is an error, not an absence, so
 *   that no later mirror steps in for it.
 *
 * @param name PEP 503 normalised.
 */
export async function readProject(
  sources: readonly PypiSource[],
  name: string,
  stale: 'refuse' | 'accept',
  clock: Clock,
): Promise<ViewPage | undefined> {
  const hosted = sources.filter((source) => source.kind === 'hosted');
  const claims = await Promise.all(hosted.map((source) => source.claims(name)));
  const claiming = hosted.filter((_, at) => claims[at]);
  const hostedUntil = hosted.length === 0 ? Number.POSITIVE_INFINITY : clock.now() + hostedFresh;
  if (claiming.length > 0) return viewOf(name, await readAll(claiming, name, stale), hostedUntil);
  for (const mirror of sources.filter((source) => source.kind === 'mirror')) {
    const found = await mirror.project(name, stale);
    if (found !== undefined) return viewOf(name, [{ source: mirror, found }], hostedUntil);
  }
  return undefined;
}

type Found = { source: PypiSource; found: SourcePage };

async function readAll(sources: PypiSource[], name: string, stale: 'refuse' | 'accept'): Promise<Found[]> {
  const pages = await Promise.all(sources.map((source) => source.project(name, stale)));
  return sources.flatMap((source, at) => {
    const found = pages[at];
    return found === undefined ? [] : [{ source, found }];
  });
}

function viewOf(name: string, all: readonly Found[], hostedUntil: number): ViewPage {
  const since = all.flatMap(({ found }) => (found.staleSince === undefined ? [] : [found.staleSince]));
  return {
    name,
    parts: all.map(({ source, found }) => ({ source, page: found.page })),
    freshUntil: Math.min(hostedUntil, ...all.map(({ found }) => found.freshUntil)),
    filesStay: hostedUntil === Number.POSITIVE_INFINITY,
    ...(since.length === 0 ? {} : { staleSince: Math.min(...since) }),
  };
}

/** The projects of each registry that has any, normalised and sorted. */
export async function readProjects(sources: readonly PypiSource[]): Promise<(readonly string[])[]> {
  const lists = await Promise.all(sources.map((source) => source.projects()));
  return lists.filter((names) => names.length > 0);
}

/** One list, sorted, each name once. That of a large index has a million names: alone, it is not copied. */
export function mergeProjects(lists: readonly (readonly string[])[]): readonly string[] {
  const [first, ...others] = lists;
  return others.length === 0 ? (first ?? []) : [...new Set(lists.flat())].sort();
}

/** Whether two readings show the same: nothing that was made from the one is out of date by the other. */
export function isSameView(a: ViewPage, b: ViewPage): boolean {
  return a.parts.length === b.parts.length && a.parts.every((part, at) => part.page === b.parts[at]?.page);
}

/** A file of a view, and the registry that it comes from. */
export type LocatedFile = ListedFile & { source: PypiSource };

const indexes = new WeakMap<ProjectPage, Map<string, DistributionFile>>();

/** By name; the first registry that has it wins. */
export function locateFile(view: ViewPage, filename: string): LocatedFile | undefined {
  for (const { source, page } of view.parts) {
    const file = filesByName(page).get(filename);
    if (file !== undefined) return { source, project: view.name, file };
  }
  return undefined;
}

function filesByName(page: ProjectPage): Map<string, DistributionFile> {
  const known = indexes.get(page);
  if (known !== undefined) return known;
  const made = new Map(page.files.map((file) => [file.filename, file]));
  indexes.set(page, made);
  return made;
}

/**
 * Writes the page with every file at its address below the index.
 *
 * @param base the path of the index, ending in a slash.
 */
export function renderView(view: ViewPage, base: string, notation: 'json' | 'html'): string {
  const [first, ...others] = view.parts;
  const files = others.length === 0 ? (first?.page.files ?? []) : mergeFiles(view.parts);
  const page = {
    name: view.name,
    files: files.map((file) => ({
      ...file,
      url: `${base}${view.name}/${encodeURIComponent(file.filename)}`,
    })),
    versions: others.length === 0 ? (first?.page.versions ?? []) : versionsOfFiles(files),
    meta: { apiVersion: '1.0' },
    ...(first?.page.status === undefined ? {} : { status: first.page.status }),
  };
  return notation === 'json' ? renderSimpleJson(page) : renderSimpleHtml(page);
}

function mergeFiles(parts: readonly ViewPart[]): DistributionFile[] {
  const merged = new Map<string, DistributionFile>();
  for (const { page } of parts) {
    for (const file of page.files) if (!merged.has(file.filename)) merged.set(file.filename, file);
  }
  return [...merged.values()];
}
