import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import tar from 'tar-stream';
import yauzl from 'yauzl';
import { ServiceError } from '../../../core/errors.ts';

/** Core metadata is a few kilobytes; the longest descriptions on real indexes stay far below this. */
const metadataLimit = 8 * 1024 * 1024;
const entryLimit = 200_000;
/** An sdist is unpacked in memory-sized pieces only to find PKG-INFO; a bomb stops here. */
const unpackedLimit = 4 * 1024 * 1024 * 1024;

/**
 * Reads the one `*.dist-info/METADATA` of the wheel at `path` (binary distribution format, PEP 427) without unpacking
 * anything else. Throws `invalid-request` for what is not a whole zip archive, for unsafe member names and for none
 * or several METADATA files.
 */
export async function readWheelMetadata(path: string): Promise<Uint8Array> {
  const zip = await openZip(path);
  try {
    return await readZipEntry(zip, await findMetadata(zip));
  } catch (error) {
    throw asInvalid(error, 'the wheel is not a valid zip archive');
  } finally {
    zip.close();
  }
}

function openZip(path: string): Promise<yauzl.ZipFile> {
  return new Promise((resolve, reject) => {
    yauzl.open(path, { lazyEntries: true, autoClose: false, strictFileNames: true }, (error, zip) => {
      if (error) reject(asInvalid(error, 'the wheel is not a valid zip archive'));
      else resolve(zip);
    });
  });
}

function findMetadata(zip: yauzl.ZipFile): Promise<yauzl.Entry> {
  if (zip.entryCount > entryLimit)
    throw new ServiceError('invalid-request', `the wheel has more than ${entryLimit} members`);
  return new Promise((resolve, reject) => {
    let found: yauzl.Entry | undefined;
    zip.on('error', reject);
    zip.on('entry', (entry: yauzl.Entry) => {
      if (/^[^/]+\.dist-info\/METADATA$/.test(entry.fileName)) {
        if (found !== undefined)
          return reject(new ServiceError('invalid-request', 'the wheel has more than one METADATA file'));
        found = entry;
      }
      zip.readEntry();
    });
    zip.on('end', () => {
      if (found === undefined)
        reject(new ServiceError('invalid-request', 'the wheel has no .dist-info/METADATA file'));
      else resolve(found);
    });
    zip.readEntry();
  });
}

async function readZipEntry(zip: yauzl.ZipFile, entry: yauzl.Entry): Promise<Uint8Array> {
  if (entry.uncompressedSize > metadataLimit)
    throw new ServiceError('invalid-request', 'the METADATA file is too large');
  const stream = await new Promise<AsyncIterable<Uint8Array>>((resolve, reject) => {
    zip.openReadStream(entry, (error, opened) => (error ? reject(error) : resolve(opened)));
  });
  return collect(stream);
}

/**
 * Reads `<name>-<version>/PKG-INFO` of the source distribution at `path` (gzipped tar, PEP 517 and PEP 625).
 * Throws `invalid-request` for what is not a whole archive or has none.
 */
export async function readSdistMetadata(path: string): Promise<Uint8Array> {
  const extract = tar.extract();
  let found: Uint8Array | undefined;
  let unpacked = 0;
  const reading = (async () => {
    for await (const entry of extract) {
      unpacked += entry.header.size ?? 0;
      if (unpacked > unpackedLimit)
        throw new ServiceError('invalid-request', 'the source distribution unpacks to more than 4 GiB');
      if (found === undefined && /^(\.\/)?[^/]+\/PKG-INFO$/.test(entry.header.name))
        found = await collect(entry as AsyncIterable<Uint8Array>);
      else entry.resume();
    }
  })();
  try {
    await Promise.all([pipeline(createReadStream(path), createGunzip(), extract), reading]);
  } catch (error) {
    throw asInvalid(error, 'the source distribution is not a valid .tar.gz archive');
  }
  if (found === undefined)
    throw new ServiceError(
      'invalid-request',
      'the source distribution has no PKG-INFO file in its top directory',
    );
  return found;
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.byteLength;
    if (size > metadataLimit)
      throw new ServiceError('invalid-request', 'the metadata file of the distribution is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function asInvalid(error: unknown, message: string): ServiceError {
  return error instanceof ServiceError
    ? error
    : new ServiceError('invalid-request', message, { cause: error });
}
