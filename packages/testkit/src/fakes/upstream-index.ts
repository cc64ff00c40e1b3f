import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FakeDistribution } from './distributions.ts';

export type UpstreamIndex = AsyncDisposable & {
  /** The simple index's URL, ending in `/simple/`. */
  url: string;
  /** Every request so far, as `METHOD path`. */
  requests: string[];
  /** Adds a file to the index; pages change at once. */
  publish(...distributions: FakeDistribution[]): void;
  close(): Promise<void>;
};

/**
 * A small upstream on loopback for the service to mirror: PEP 691 pages with hashes and PEP 658 metadata, files with
 * ranges. With `credential`, everything answers 401 without `Basic <credential>`.
 */
export async function startUpstreamIndex(
  distributions: readonly FakeDistribution[],
  options: { credential?: `${string}:${string}` } = {},
): Promise<UpstreamIndex> {
  const projects = new Map<string, Map<string, FakeDistribution>>();
  const requests: string[] = [];
  const publish = (...added: FakeDistribution[]) => {
    for (const one of added) {
      const project = projectOf(one);
      projects.set(project, (projects.get(project) ?? new Map()).set(one.filename, one));
    }
  };
  publish(...distributions);
  const expected = options.credential && `Basic ${Buffer.from(options.credential).toString('base64')}`;

  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (expected !== undefined && request.headers.authorization !== expected) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="upstream"' }).end();
      return;
    }
    const [, top, project = '', filename] = (request.url ?? '').split('/');
    const files = projects.get(project);
    if (top === 'simple' && files !== undefined && filename === '')
      sendPage(response, project, [...files.values()]);
    else if (top === 'files' && filename !== undefined) sendFile(request, response, files, filename);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/simple/`, requests, publish, close, [Symbol.asyncDispose]: close };
}

function projectOf({ filename }: FakeDistribution): string {
  return filename.slice(0, filename.indexOf('-')).replaceAll('_', '-').toLowerCase();
}

function sendPage(response: ServerResponse, name: string, files: readonly FakeDistribution[]): void {
  const page = {
    meta: { 'api-version': '1.1' },
    name,
    files: files.map(({ filename, sha256, content }) => ({
      filename,
      url: `/files/${name}/${filename}`,
      hashes: { sha256 },
      size: content.length,
      ...(filename.endsWith('.whl') ? { 'core-metadata': true } : {}),
    })),
  };
  response
    .writeHead(200, { 'content-type': 'application/vnd.pypi.simple.v1+json' })
    .end(JSON.stringify(page));
}

function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  files: Map<string, FakeDistribution> | undefined,
  filename: string,
): void {
  const wheel = files?.get(filename.replace(/\.metadata$/, ''));
  if (wheel === undefined) return void response.writeHead(404).end();
  if (filename.endsWith('.metadata')) return void response.writeHead(200).end(wheel.metadata);
  const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
  const start = Number(range?.[1] ?? 0);
  const { content } = wheel;
  const headers = {
    'content-length': content.length - start,
    etag: `"${wheel.sha256}"`,
    'accept-ranges': 'bytes',
  };
  if (range === null) response.writeHead(200, headers);
  else
    response.writeHead(206, {
      ...headers,
      'content-range': `bytes ${start}-${content.length - 1}/${content.length}`,
    });
  response.end(content.subarray(start));
}
