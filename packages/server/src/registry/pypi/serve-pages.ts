import {
  negotiateSimple,
  renderProjectListHtml,
  renderProjectListJson,
  simpleContentTypes,
} from '@pkgauth/protocol';
import { createBoundedMap } from '../../core/bounded-map.ts';
import { ServiceError } from '../../core/errors.ts';
import type { Clock, ResolvedIndex } from '../../core/ports/index.ts';
import { type Rendered, render, sendRendered } from '../rendered.ts';
import { type Exchange, notFound, projectOf, type RouteOf, redirect, staleHeaders } from './exchange.ts';
import { hostedFresh } from './hosted-source.ts';
import type { PageEntry, PageStore } from './page-store.ts';
import type { Sources } from './sources.ts';
import { mergeProjects, readProjects, renderView } from './view.ts';

export type PagesDeps = {
  store: PageStore;
  sources: Sources;
  clock: Clock;
  count(page: 'hit' | 'miss'): void;
};

type Notation = 'json' | 'html';
type List = { parts: readonly (readonly string[])[]; index: ResolvedIndex; freshUntil: number } & Partial<
  Record<Notation, Rendered>
>;

/** Milliseconds for which the list of an index with mirrors stands. */
const listFresh = 60_000;
/** Lists that are kept; that of a large index has tens of megabytes. */
const mostLists = 8;

/** Project pages and project lists. */
export class PageServer {
  readonly #deps: PagesDeps;
  readonly #lists = new Map<string, List>();
  readonly #notations = createBoundedMap<string, ReturnType<typeof negotiateSimple>>(200);

  constructor(deps: PagesDeps) {
    this.#deps = deps;
  }

  servePage(route: RouteOf<'project'>, exchange: Exchange): void | Promise<void> {
    const { store, count } = this.#deps;
    const name = projectOf(route, exchange.index);
    if (name !== route.project) return redirect(exchange, `${route.base}${name}/`);
    const notation = this.#negotiate(exchange.request.headers.accept);
    const key = route.base + name;
    const entry = store.find(key, exchange.index, 'page');
    count(entry === undefined ? 'miss' : 'hit');
    if (entry !== undefined) return this.#sendPage(key, entry, route.base, notation, exchange);
    return store.load(key, exchange.index, name, 'refuse').then((loaded) => {
      if (loaded === undefined) throw notFound(exchange.index, `project ${name}`);
      return this.#sendPage(key, loaded, route.base, notation, exchange);
    });
  }

  #sendPage(
    key: string,
    entry: PageEntry,
    base: string,
    notation: Notation,
    exchange: Exchange,
  ): void | Promise<void> {
    const known = entry.pages[notation];
    const page =
      known ?? render(renderView(entry.view, base, notation), simpleContentTypes[notation], 'changing');
    if (known === undefined) {
      entry.pages[notation] = page;
      this.#deps.store.weigh(key, entry);
    }
    return sendRendered(
      exchange.request,
      exchange.response,
      page,
      staleHeaders(entry.view.staleSince, this.#deps.clock),
    );
  }

  /** Relative links need the slash (PEP 503). */
  serveList(route: RouteOf<'projects'>, exchange: Exchange): void | Promise<void> {
    if (!route.slash) return redirect(exchange, route.base);
    const notation = this.#negotiate(exchange.request.headers.accept);
    const list = this.#lists.get(route.base);
    if (list?.index === exchange.index && this.#deps.clock.now() < list.freshUntil) {
      return this.#sendList(list, notation, exchange);
    }
    return this.#loadList(route.base, exchange.index).then((loaded) =>
      this.#sendList(loaded, notation, exchange),
    );
  }

  forgetLists(): void {
    this.#lists.clear();
  }

  async #loadList(base: string, index: ResolvedIndex): Promise<List> {
    const { sources, clock } = this.#deps;
    const parts = await readProjects(index.registries.map((registry) => sources.of(registry)));
    const hosted = index.registries.some((registry) => registry.upstreamUrl === null);
    const freshUntil = clock.now() + (hosted ? hostedFresh : listFresh);
    const before = this.#lists.get(base);
    const isSame = before !== undefined && isSameList(before.parts, parts);
    const list: List = isSame ? before : { parts, index, freshUntil };
    list.index = index;
    list.freshUntil = freshUntil;
    this.#lists.delete(base);
    this.#lists.set(base, list);
    const [oldest] = this.#lists.keys();
    if (this.#lists.size > mostLists && oldest !== undefined) this.#lists.delete(oldest);
    return list;
  }

  #sendList(list: List, notation: Notation, { request, response }: Exchange): void | Promise<void> {
    const write = notation === 'json' ? renderProjectListJson : renderProjectListHtml;
    list[notation] ??= render(write(mergeProjects(list.parts)), simpleContentTypes[notation], 'changing');
    return sendRendered(request, response, list[notation]);
  }

  #negotiate(accept: string | undefined): Notation {
    const text = accept ?? '';
    const known = this.#notations.get(text);
    const notation = known ?? negotiateSimple(text);
    if (known === undefined) this.#notations.set(text, notation);
    if (notation !== 'not-acceptable') return notation;
    throw new ServiceError(
      'not-acceptable',
      `this page is there as ${simpleContentTypes.json} and as text/html, of which the request accepts neither`,
    );
  }
}

/** A mirror's list is the same object while it does not change; a hosted registry's is made anew, and short. */
function isSameList(a: List['parts'], b: List['parts']): boolean {
  const isSame = (one: readonly string[], other: readonly string[] | undefined) =>
    one === other || (one.length === other?.length && one.every((name, at) => name === other[at]));
  return a.length === b.length && a.every((part, at) => isSame(part, b[at]));
}
