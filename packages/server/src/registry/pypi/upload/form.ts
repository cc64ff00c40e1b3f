import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { Busboy, type BusboyFileStream, type BusboyHeaders, type BusboyInstance } from '@fastify/busboy';
import { ServiceError } from '../../../core/errors.ts';
import type { BlobStore, BlobWriter } from '../../../core/ports/index.ts';

const fieldLimit = 1000;
/** All text fields together, bytes; a README of a megabyte is published now and then. */
const fieldBytesLimit = 8 * 1024 * 1024;

/** An upload form whose file went straight to the blob store's temporary file. The caller commits or discards it. */
export type UploadForm = {
  fields: ReadonlyMap<string, readonly string[]>;
  content: UploadContent | undefined;
};
type UploadContent = { filename: string; writer: BlobWriter };

/**
 * Reads the legacy upload API's `multipart/form-data` body in any order of fields, keeping the file `content` out of
 * memory. On any error nothing is left behind.
 *
 * @param fileLimit largest file, bytes; beyond it the answer is `too-large`.
 */
export async function readUploadForm(
  request: IncomingMessage,
  blobs: BlobStore,
  fileLimit: number,
): Promise<UploadForm> {
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > fileLimit + fieldBytesLimit) throw tooLarge(fileLimit);
  const parser = createParser(request);
  const fields = new Map<string, string[]>();
  let content: Promise<UploadContent | undefined> = Promise.resolve(undefined);
  let arriving: Readable | undefined;

  const finished = new Promise<void>((resolve, reject) => {
    const fail = (error: Error) => {
      request.unpipe(parser);
      reject(error);
      // Without this a cut-off file would be waited for for ever.
      arriving?.destroy(error);
      parser.destroy();
    };
    const cutOff = (cause?: Error) => fail(invalid('the upload was cut off', cause));
    collectFields(parser, fields, fail);
    parser.on('file', (name: string, stream: BusboyFileStream, filename: string) => {
      if (name !== 'content') return void stream.resume();
      if (arriving !== undefined) return fail(invalid('the form has more than one file'));
      arriving = stream as Readable;
      content = receive(arriving, filename, blobs, fileLimit);
      content.catch(fail);
    });
    parser.on('error', (error: Error) => fail(invalid('the form is not valid multipart/form-data', error)));
    parser.on('finish', resolve);
    request.on('aborted', cutOff);
    request.on('error', cutOff);
    request.pipe(parser);
  });
  try {
    await finished;
    return { fields, content: await content };
  } catch (error) {
    await content.then((file) => file?.writer.discard()).catch(() => undefined);
    throw error;
  }
}

function collectFields(
  parser: BusboyInstance,
  fields: Map<string, string[]>,
  fail: (error: Error) => void,
): void {
  let bytes = 0;
  const add = (name: string, value: string, nameTruncated: boolean, valueTruncated: boolean) => {
    bytes += name.length + value.length;
    if (nameTruncated || valueTruncated || bytes > fieldBytesLimit) {
      return fail(new ServiceError('too-large', 'the form fields are too large'));
    }
    const values = fields.get(name);
    if (values === undefined) fields.set(name, [value]);
    else values.push(value);
  };
  parser.on('field', add);
  parser.on('fieldsLimit', () => fail(invalid(`the form has more than ${fieldLimit} fields`)));
  parser.on('partsLimit', () => fail(invalid('the form has too many parts')));
}

async function receive(
  stream: AsyncIterable<Uint8Array>,
  filename: string,
  blobs: BlobStore,
  fileLimit: number,
): Promise<UploadContent> {
  const writer = await blobs.create();
  try {
    for await (const chunk of stream) {
      if (writer.size + chunk.byteLength > fileLimit) throw tooLarge(fileLimit);
      await writer.write(chunk);
    }
    return { filename, writer };
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

function createParser(request: IncomingMessage): BusboyInstance {
  const type = request.headers['content-type'] ?? '';
  if (!/^multipart\/form-data\b/i.test(type)) {
    throw new ServiceError('unsupported-media-type', 'an upload is a multipart/form-data form');
  }
  try {
    return new Busboy({
      headers: request.headers as BusboyHeaders,
      // A name with a path in it is refused later, not silently shortened.
      preservePath: true,
      limits: {
        fields: fieldLimit,
        fieldSize: fieldBytesLimit,
        fieldNameSize: 256,
        parts: fieldLimit + 4,
        files: 4,
      },
    });
  } catch (error) {
    throw invalid('the form is not valid multipart/form-data', error as Error);
  }
}

const invalid = (message: string, cause?: Error) => new ServiceError('invalid-request', message, { cause });
const tooLarge = (limit: number) =>
  new ServiceError(
    'too-large',
    `the file is larger than the ${Math.floor(limit / 1024 / 1024)} MiB that this service takes`,
  );
