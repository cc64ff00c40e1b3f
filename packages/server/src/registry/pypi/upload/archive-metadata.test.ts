import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { makeSdist, makeTar, makeWheel, makeZip } from '@pkgauth/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSdistMetadata, readWheelMetadata } from './archive-metadata.ts';

const example = { name: 'example-pkg', version: '1.0', requires: ['six'] };
const bytes = (text: string) => Buffer.from(text);

describe('metadata inside distributions', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pkgauth-archives-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));
  const place = async (content: Uint8Array) => {
    const path = join(directory, 'file');
    await writeFile(path, content);
    return path;
  };
  const refusal = (read: (path: string) => Promise<Uint8Array>, content: Uint8Array) =>
    place(content)
      .then(read)
      .then(
        () => 'accepted',
        (error: Error & { code: string }) => `${error.code}: ${error.message}`,
      );

  it('is read from a wheel and from a source distribution', async () => {
    const wheel = makeWheel(example);
    expect(Buffer.from(await readWheelMetadata(await place(wheel.content))).toString()).toBe(wheel.metadata);
    const sdist = makeSdist(example);
    expect(Buffer.from(await readSdistMetadata(await place(sdist.content))).toString()).toBe(sdist.metadata);
  });

  it('is refused for a wheel without METADATA, with two, or with one too large', async () => {
    expect(await refusal(readWheelMetadata, makeZip([['a.py', bytes('')]]))).toBe(
      'invalid-request: the wheel has no .dist-info/METADATA file',
    );
    expect(
      await refusal(
        readWheelMetadata,
        makeZip([
          ['a.dist-info/METADATA', bytes('x')],
          ['b.dist-info/METADATA', bytes('x')],
        ]),
      ),
    ).toBe('invalid-request: the wheel has more than one METADATA file');
    expect(
      await refusal(readWheelMetadata, makeZip([['a.dist-info/METADATA', Buffer.alloc(9 * 1024 * 1024)]])),
    ).toBe('invalid-request: the METADATA file is too large');
  });

  it('is refused for members that would leave the directory', async () => {
    for (const name of ['../evil.py', '/etc/passwd', 'a\\..\\b']) {
      expect(
        await refusal(
          readWheelMetadata,
          makeZip([
            [name, bytes('x')],
            ['a.dist-info/METADATA', bytes('x')],
          ]),
        ),
      ).toBe('invalid-request: the wheel is not a valid zip archive');
    }
  });

  it('is refused for garbage, nothing, and every truncation of a real file', async () => {
    const wheel = makeWheel(example).content;
    const sdist = makeSdist(example).content;
    for (const content of [Buffer.alloc(0), bytes('not an archive'), bytes('PK\x03\x04')]) {
      expect(await refusal(readWheelMetadata, content)).toMatch(
        /^invalid-request: the wheel is not a valid zip archive/,
      );
      expect(await refusal(readSdistMetadata, content)).toMatch(/^invalid-request: the source distribution /);
    }
    for (let length = 0; length < wheel.length; length += 37)
      expect(await refusal(readWheelMetadata, wheel.subarray(0, length))).toMatch(/^invalid-request/);
    for (let length = 0; length < sdist.length; length += 11)
      expect(await refusal(readSdistMetadata, sdist.subarray(0, length))).toMatch(/^invalid-request/);
  });

  it('is refused for a source distribution whose PKG-INFO is not in its top directory', async () => {
    expect(
      await refusal(
        readSdistMetadata,
        gzipSync(
          makeTar([
            ['a/b/PKG-INFO', bytes('x')],
            ['PKG-INFO', bytes('x')],
          ]),
        ),
      ),
    ).toBe('invalid-request: the source distribution has no PKG-INFO file in its top directory');
  });
});
