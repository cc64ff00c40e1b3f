import { read } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import type { Blob } from '../core/ports/index.ts';
import type { ArrivalReader } from './arrival.ts';
import { type BufferPool, createBufferPool } from './buffer-pool.ts';
import { resolveRange } from './conditional.ts';
import { createOpenFiles, type OpenFile } from './open-files.ts';
import type { ByteRange, FileContent } from './pypi/source.ts';
import { caching, vary } from './rendered.ts';
import { createWeightedCache } from './weighted-cache.ts';

/** Writes files to clients: whole, in part, kept or still arriving, with memory that does not grow with their size. */
export type FileSender = {
  /**
   * Sends `content`; settles when the client has it or has gone. Rejects when the content fails; if the head was sent
   * by then the connection is cut, so that no client takes a part for the whole.
   */
  send(response: ServerResponse, file: SentFile): Promise<void>;
  /** Answers a HEAD. */
  describe(response: ServerResponse, size: number | undefined, tag: string | undefined): void;
  close(): void;
};

export type SentFile = {
  content: FileContent;
  /** Strong entity tag with its quotes, if there is one. */
  tag: string | undefined;
  range: ByteRange | undefined;
};

/** Bytes. Files up to this size are kept in memory while they are asked for: most wheels' metadata, many wheels. */
const smallFile = 64 * 1024;
const smallFiles = 32 * 1024 * 1024;

export function createFileSender(): FileSender {
  const files = createOpenFiles();
  const buffers = createBufferPool();
  const small = createWeightedCache<Buffer>(smallFiles);

  async function readSmall({ path, size }: Blob): Promise<Buffer> {
    const bytes = await readFile(path);
    if (bytes.length !== size) throw new Error('the file does not have the length that it had');
    small.set(path, bytes, size);
    return bytes;
  }

  async function sendBlob(response: ServerResponse, blob: Blob, file: SentFile): Promise<void> {
    const part = file.range === undefined ? wholeOf(blob.size) : resolveRange(file.range, blob.size);
    if (part === undefined) return refuseRange(response, blob.size);
    const head = { part, total: blob.size, tag: file.tag, partial: file.range !== undefined };
    if (blob.size <= smallFile) {
      const bytes = small.get(blob.path) ?? (await readSmall(blob));
      writeHead(response, head);
      response.end(bytes.subarray(part.first, part.last + 1));
      return;
    }
    const opened = await files.acquire(blob.path);
    try {
      writeHead(response, head);
      await pump(response, buffers, fileReader(opened, part));
    } finally {
      opened.release();
    }
  }

  return {
    async send(response, file) {
      const { content } = file;
      if (content.kind === 'blob') return sendBlob(response, content.blob, file);
      if (content.kind === 'arriving') return sendArriving(response, buffers, content.reader, file);
      return sendPart(response, content);
    },
    describe(response, size, tag) {
      const part = size === undefined ? undefined : wholeOf(size);
      writeHead(response, { part, total: size, tag, partial: false });
      response.end();
    },
    close: () => files.close(),
  };
}

type Part = { first: number; last: number };
const wholeOf = (size: number): Part => ({ first: 0, last: size - 1 });

async function sendArriving(
  response: ServerResponse,
  buffers: BufferPool,
  reader: ArrivalReader,
  { range, tag }: SentFile,
): Promise<void> {
  try {
    const { total } = reader;
    // Without a total there are no ranges: the whole it is, and the reader began at its beginning.
    const part =
      total === undefined ? undefined : range === undefined ? wholeOf(total) : resolveRange(range, total);
    if (total !== undefined && part === undefined) return refuseRange(response, total);
    writeHead(response, { part, total, tag, partial: range !== undefined && total !== undefined });
    const left = part === undefined ? Number.POSITIVE_INFINITY : part.last - part.first + 1;
    await pump(
      response,
      buffers,
      limited((into) => reader.read(into), left),
    );
  } finally {
    reader.leave();
  }
}

async function sendPart(
  response: ServerResponse,
  content: Extract<FileContent, { kind: 'part' }>,
): Promise<void> {
  const { first, last, total, body } = content;
  writeHead(response, { part: { first, last }, total, tag: undefined, partial: true });
  response.once('close', () => body.destroy());
  try {
    for await (const chunk of body) if (!(await written(response, chunk))) return;
    response.end();
  } catch (error) {
    cut(response, error);
  }
}

type Head = { part: Part | undefined; total: number | undefined; tag: string | undefined; partial: boolean };

function writeHead(response: ServerResponse, { part, total, tag, partial }: Head): void {
  const headers = [...fixedHeaders];
  if (part !== undefined) headers.push('Content-Length', String(part.last - part.first + 1));
  if (partial && part !== undefined)
    headers.push('Content-Range', `bytes ${part.first}-${part.last}/${total ?? '*'}`);
  if (tag !== undefined) headers.push('ETag', tag);
  response.writeHead(partial ? 206 : 200, headers);
}

const fixedHeaders = [
  ...[
    'Content-Type',
    'application/octet-stream',
    'Accept-Ranges',
    'bytes',
    'X-Content-Type-Options',
    'nosniff',
  ],
  ...['Cache-Control', caching.fixed, 'Vary', vary],
];

function refuseRange(response: ServerResponse, size: number): void {
  const headers = ['Content-Range', `bytes */${size}`, 'Content-Length', '0', 'Cache-Control', 'no-store'];
  response.writeHead(416, `Range not within the ${size} bytes of the file`, headers);
  response.end();
}

/** Fills (a part of) the buffer; 0 at the end. */
type Read = (into: Buffer) => Promise<number>;

function fileReader({ fd }: OpenFile, { first, last }: Part): Read {
  let position = first;
  return limited(
    (into) =>
      new Promise((resolve, reject) => {
        read(fd, into, 0, into.length, position, (error, count) => {
          if (error !== null) return reject(error);
          position += count;
          resolve(count);
        });
      }),
    last - first + 1,
  );
}

/** Ends after `size` bytes; a source that ends earlier is an error. */
function limited(source: Read, size: number): Read {
  let left = size;
  return async (into) => {
    if (left === 0) return 0;
    const count = await source(left < into.length ? into.subarray(0, left) : into);
    if (count === 0 && left !== Number.POSITIVE_INFINITY) throw new Error('the file is shorter than it was');
    left -= count;
    return count;
  };
}

/** Moves bytes through one buffer: the next read begins when the kernel has taken the former. */
async function pump(response: ServerResponse, buffers: BufferPool, source: Read): Promise<void> {
  const buffer = buffers.take();
  let idle = true;
  try {
    for (;;) {
      const count = await source(buffer);
      if (count === 0) break;
      idle = await written(response, buffer.subarray(0, count));
      if (!idle) return;
    }
    response.end();
  } catch (error) {
    cut(response, error);
  } finally {
    if (idle) buffers.give(buffer);
    else buffers.lose(buffer);
  }
}

/** What fails because the client has gone is nobody's fault. */
function cut(response: ServerResponse, error: unknown): void {
  if (response.destroyed) return;
  response.destroy();
  throw error;
}

/** True when the kernel has taken the chunk, false when the client has gone. */
function written(response: ServerResponse, chunk: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    if (response.destroyed) return resolve(false);
    const gone = () => resolve(false);
    response.once('close', gone);
    response.write(chunk, (error) => {
      response.off('close', gone);
      resolve(error === null || error === undefined);
    });
  });
}
