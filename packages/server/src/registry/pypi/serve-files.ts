import { matchesTag, requestedRange } from '../conditional.ts';
import type { FileSender } from '../files.ts';
import { caching, render, sendRendered, vary } from '../rendered.ts';
import { type Exchange, notFound, projectOf, type RouteOf } from './exchange.ts';
import type { PageEntry, PageStore } from './page-store.ts';
import type { FileContent } from './source.ts';
import { type LocatedFile, locateFile } from './view.ts';

export type FilesDeps = { store: PageStore; sender: FileSender };

type Found = { key: string; entry: PageEntry; located: LocatedFile };
type FileRoute = RouteOf<'file'> | RouteOf<'metadata'>;

/** Files and their metadata. What a file is, and from which registry, only ever comes from the project's page. */
export class FileServer {
  readonly #deps: FilesDeps;

  constructor(deps: FilesDeps) {
    this.#deps = deps;
  }

  serveFile(route: RouteOf<'file'>, exchange: Exchange): Promise<void> {
    const { store, sender } = this.#deps;
    const { index, request, response } = exchange;
    const entry = store.find(route.base + projectOf(route, index), index, 'file');
    const blob = entry?.files.get(route.filename);
    if (blob === undefined || entry === undefined) return this.#serveUnknown(route, exchange);
    const tag = `"${blob.sha256}"`;
    if (this.#isAnswered(exchange, tag, blob.size)) return Promise.resolve();
    const range = requestedRange(request.headers, tag);
    return sender.send(response, { content: { kind: 'blob', blob }, tag, range }).catch((error) => {
      // The blob went away below us: what is known of it is wrong.
      entry.files.delete(route.filename);
      if (response.headersSent) throw error;
      return this.#serveUnknown(route, exchange);
    });
  }

  async #serveUnknown(route: RouteOf<'file'>, exchange: Exchange): Promise<void> {
    const { index, request, response } = exchange;
    const found = await this.#locate(route, exchange);
    const { source, ...listed } = found.located;
    const announced = listed.file.hashes.sha256;
    const tag = announced === undefined ? undefined : `"${announced}"`;
    if (request.method === 'HEAD' || this.#matches(exchange, tag)) {
      const described = await source.stat(listed);
      if (described === undefined) throw notFound(index, `file ${route.filename}`);
      const { size, sha256 = announced } = described;
      this.#isAnswered(exchange, sha256 === undefined ? undefined : `"${sha256}"`, size);
      return;
    }
    const range = requestedRange(request.headers, tag);
    const content = await source.file(listed, range);
    if (content === undefined) throw notFound(index, `file ${route.filename}`);
    if (response.destroyed) return leave(content);
    if (content.kind === 'blob') found.entry.files.set(route.filename, content.blob);
    const sent = content.kind === 'blob' ? `"${content.blob.sha256}"` : tag;
    await this.#deps.sender.send(response, { content, tag: sent, range });
  }

  #matches({ request }: Exchange, tag: string | undefined): boolean {
    return tag !== undefined && matchesTag(request.headers['if-none-match'], tag);
  }

  /** 304, and whatever a HEAD asks. */
  #isAnswered(exchange: Exchange, tag: string | undefined, size: number | undefined): boolean {
    const { request, response } = exchange;
    if (tag !== undefined && this.#matches(exchange, tag)) {
      response.writeHead(304, ['ETag', tag, 'Cache-Control', caching.fixed, 'Vary', vary]);
      response.end();
      return true;
    }
    if (request.method !== 'HEAD') return false;
    this.#deps.sender.describe(response, size, tag);
    return true;
  }

  serveMetadata(route: RouteOf<'metadata'>, exchange: Exchange): void | Promise<void> {
    const { index, request, response } = exchange;
    const entry = this.#deps.store.find(route.base + projectOf(route, index), index, 'file');
    const known = entry?.metadata.get(route.filename);
    return known === undefined
      ? this.#serveUnknownMetadata(route, exchange)
      : sendRendered(request, response, known);
  }

  async #serveUnknownMetadata(route: RouteOf<'metadata'>, exchange: Exchange): Promise<void> {
    const { index, request, response } = exchange;
    const { key, entry, located } = await this.#locate(route, exchange);
    const { source, ...listed } = located;
    const bytes = await source.metadata(listed);
    if (bytes === undefined) throw notFound(index, `metadata of ${route.filename}`);
    const rendered = render(bytes, 'application/octet-stream', 'fixed');
    entry.metadata.set(route.filename, rendered);
    this.#deps.store.weigh(key, entry);
    await sendRendered(request, response, rendered);
  }

  /** A page of any age that names the file will do; one that does not is asked for again. */
  async #locate(route: FileRoute, { index }: Exchange): Promise<Found> {
    const { store } = this.#deps;
    const name = projectOf(route, index);
    const key = route.base + name;
    const readings = [
      async () => store.find(key, index, 'file'),
      () => store.load(key, index, name, 'accept'),
      () => store.load(key, index, name, 'refuse'),
    ];
    for (const read of readings) {
      const entry = await read();
      const located = entry && locateFile(entry.view, route.filename);
      if (entry !== undefined && located !== undefined) return { key, entry, located };
    }
    throw notFound(index, `file ${route.filename}`);
  }
}

/** The client has gone while its file was found. */
function leave(content: FileContent): void {
  if (content.kind === 'arriving') content.reader.leave();
  if (content.kind === 'part') content.body.destroy();
}
