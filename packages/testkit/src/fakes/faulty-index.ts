import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FakeDistribution } from './distributions.ts';

/** What goes wrong with one answer. */
export type IndexFault =
  | { kind: 'status'; status: number; headers?: Record<string, string> }
  /** The head never comes. */
  | { kind: 'silent' }
  /** The connection breaks after so many bytes of the body. */
  | { kind: 'cut'; after: number }
  /** Nothing comes after so many bytes of the body. */
  | { kind: 'stall'; after: number }
  /** The body has other bytes, as many. */
  | { kind: 'altered' }
  /** Waits for the promise before it answers. */
  | { kind: 'held'; until: Promise<unknown> }
  /** Waits for the promise after so many bytes of the body. */
  | { kind: 'paused'; after: number; until: Promise<unknown> };

export type FaultyIndexOptions = {
  /** What project pages are written in, whatever the client accepts. */
  notation?: 'json' | 'html';
  /** Which hash the pages announce. */
  hash?: 'sha256' | 'md5' | 'none';
  /** Whether the pages offer PEP 658 metadata: without hash, or with. */
  metadata?: 'none' | 'plain' | 'hashed';
  /** Where pages say that files are; the index itself otherwise. */
  fileOrigin?: string;
  /** Whether bodies are sent without a length. */
  chunked?: boolean;
  /** Whether ranges are understood. */
  ranges?: boolean;
  /** Whether answers carry an entity tag. */
  tags?: boolean;
  cacheControl?: string;
  /** Basic credential that everything but files of another origin needs. */
  credential?: `${string}:${string}`;
};

export type FaultyIndex = AsyncDisposable & {
  /** Ends in `/simple/`. */
  readonly url: string;
  readonly origin: string;
  readonly requests: { method: string; path: string; headers: IncomingHttpHeaders }[];
  options: FaultyIndexOptions;
  /** Asked before each answer, with the path and how often it was asked before. */
  fault: ((path: string, before: number) => IndexFault | undefined) | undefined;
  publish(...distributions: FakeDistribution[]): void;
  /** How often a path was asked. */
  count(path: string): number;
  close(): Promise<void>;
};

/** An upstream index on loopback that breaks in every way that upstreams break. */
export async function startFaultyIndex(
  distributions: readonly FakeDistribution[] = [],
  options: FaultyIndexOptions = {},
): Promise<FaultyIndex> {
  const files = new Map<string, FakeDistribution>();
  const server = createServer((request, response) => {
    answer(index, files, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const index: FaultyIndex = {
    url: `${origin}/simple/`,
    origin,
    requests: [],
    options,
    fault: undefined,
    publish: (...added) => {
      for (const one of added) files.set(one.filename, one);
    },
    count: (path) => index.requests.filter((request) => request.path === path).length,
    close,
    [Symbol.asyncDispose]: close,
  };
  index.publish(...distributions);
  return index;
}

async function answer(
  index: FaultyIndex,
  files: Map<string, FakeDistribution>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = request.url ?? '';
  const before = index.count(path);
  index.requests.push({ method: request.method ?? '', path, headers: request.headers });
  const fault = index.fault?.(path, before);
  if (fault?.kind === 'silent') return;
  if (fault?.kind === 'held') await fault.until;
  if (fault?.kind === 'status') return void response.writeHead(fault.status, fault.headers).end('no');
  const { credential } = index.options;
  if (
    credential !== undefined &&
    request.headers.authorization !== `Basic ${Buffer.from(credential).toString('base64')}`
  ) {
    return void response.writeHead(401, { 'www-authenticate': 'Basic realm="upstream"' }).end();
  }
  const content = contentOf(index, files, path);
  if (content === undefined) return void response.writeHead(404).end();
  const { headers, status, body } = represent(index, request, content);
  response.writeHead(status, headers);
  if (request.method === 'HEAD' || status === 304) return void response.end();
  await sendBody(response, body, fault);
}

type Content = { type: string; body: Buffer };

function contentOf(
  index: FaultyIndex,
  files: Map<string, FakeDistribution>,
  path: string,
): Content | undefined {
  const [, top, name = '', rest] = decodeURIComponent(path).split('/');
  if (top === 'files') {
    const file = files.get(name.replace(/\.metadata$/, ''));
    const body = name.endsWith('.metadata') ? file && Buffer.from(file.metadata) : file?.content;
    return body && { type: 'application/octet-stream', body };
  }
  if (top !== 'simple') return undefined;
  const projects = new Set([...files.values()].map(projectOf));
  if (name === '') return page(index, renderList([...projects], index.options.notation));
  const own = [...files.values()].filter((file) => projectOf(file) === name);
  return own.length === 0 || rest !== '' ? undefined : page(index, renderPage(index, name, own));
}

const page = (index: FaultyIndex, text: string): Content => ({
  type: index.options.notation === 'html' ? 'text/html' : 'application/vnd.pypi.simple.v1+json',
  body: Buffer.from(text),
});

function projectOf({ filename }: FakeDistribution): string {
  return filename.slice(0, filename.indexOf('-')).replaceAll('_', '-').toLowerCase();
}

const digest = (algorithm: string, content: string | Buffer) =>
  createHash(algorithm).update(content).digest('hex');

function renderList(names: string[], notation: FaultyIndexOptions['notation']): string {
  if (notation === 'html')
    return `<!DOCTYPE html><html><body>${names.map((name) => `<a href="${name}/">${name}</a>\n`).join('')}</body></html>`;
  return JSON.stringify({ meta: { 'api-version': '1.0' }, projects: names.map((name) => ({ name })) });
}

function renderPage({ options, origin }: FaultyIndex, name: string, files: FakeDistribution[]): string {
  const { hash = 'sha256', metadata = 'none', notation = 'json', fileOrigin = origin } = options;
  const rows = files.map((file) => ({
    filename: file.filename,
    url: `${fileOrigin}/files/${encodeURIComponent(file.filename)}`,
    hashes: (hash === 'none' ? {} : { [hash]: digest(hash, file.content) }) as Record<string, string>,
    metadata: describeMetadata(metadata, file),
  }));
  if (notation === 'html') {
    const links = rows.map(({ filename, url, hashes, metadata }) => {
      const [fragment] = Object.entries(hashes).map((pair) => `#${pair.join('=')}`);
      const value = metadata === true ? 'true' : `sha256=${metadata?.sha256}`;
      const attribute = metadata === undefined ? '' : ` data-core-metadata="${value}"`;
      return `<a href="${url}${fragment ?? ''}"${attribute}>${filename}</a>\n`;
    });
    return `<!DOCTYPE html><html><body>${links.join('')}</body></html>`;
  }
  const members = rows.map(({ metadata, ...row }) => ({
    ...row,
    ...(metadata === undefined ? {} : { 'core-metadata': metadata }),
  }));
  return JSON.stringify({ meta: { 'api-version': '1.0' }, name, files: members });
}

function describeMetadata(
  kind: NonNullable<FaultyIndexOptions['metadata']>,
  file: FakeDistribution,
): true | { sha256: string } | undefined {
  if (kind === 'none') return undefined;
  return kind === 'plain' ? true : { sha256: digest('sha256', file.metadata) };
}

function represent({ options }: FaultyIndex, request: IncomingMessage, { type, body }: Content) {
  const tag = `"${digest('md5', body)}"`;
  const { tags = true, ranges = true, chunked = false, cacheControl } = options;
  const headers: Record<string, string | number> = { 'content-type': type };
  if (tags) headers.etag = tag;
  if (cacheControl !== undefined) headers['cache-control'] = cacheControl;
  if (tags && request.headers['if-none-match'] === tag) return { status: 304, headers, body };
  const condition = request.headers['if-range'];
  const applies = ranges && (condition === undefined || condition === tag);
  const match = applies ? /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '') : null;
  const [, from = '', to = ''] = match ?? [];
  const end = body.length - 1;
  const first = from === '' && to !== '' ? body.length - Number(to) : Number(from);
  const last = from === '' ? end : Math.min(Number(to || end), end);
  if (match !== null) headers['content-range'] = `bytes ${first}-${last}/${body.length}`;
  if (!chunked) headers['content-length'] = last - first + 1;
  return { status: match === null ? 200 : 206, headers, body: body.subarray(first, last + 1) };
}

async function sendBody(
  response: ServerResponse,
  body: Buffer,
  fault: IndexFault | undefined,
): Promise<void> {
  if (fault?.kind === 'altered') return void response.end(body.map((byte) => byte ^ 1));
  if (fault?.kind !== 'cut' && fault?.kind !== 'stall' && fault?.kind !== 'paused')
    return void response.end(body);
  await new Promise((done) => response.write(body.subarray(0, fault.after), done));
  if (fault.kind === 'cut') response.destroy();
  if (fault.kind !== 'paused') return;
  await fault.until;
  response.end(body.subarray(fault.after));
}
