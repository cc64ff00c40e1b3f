import { createHash } from 'node:crypto';
import { crc32, gzipSync } from 'node:zlib';

export type FakeDistribution = { filename: string; content: Buffer; sha256: string; metadata: string };
export type DistributionOptions = {
  name: string;
  version: string;
  requires?: readonly string[];
  requiresPython?: string;
  /** Bytes of incompressible padding, to make a large file. */
  padding?: Uint8Array;
};

/** An installable pure-Python wheel (PEP 427) with one module whose `VERSION` is its version. */
export function makeWheel(options: DistributionOptions): FakeDistribution {
  const module = options.name.replaceAll(/[-.]+/g, '_');
  const info = `${module}-${options.version}.dist-info`;
  const metadata = coreMetadata(options);
  const files: [string, Buffer][] = [
    [`${module}/__init__.py`, Buffer.from(`VERSION = ${JSON.stringify(options.version)}\n`)],
    ...(options.padding ? [[`${module}/padding.bin`, Buffer.from(options.padding)] as [string, Buffer]] : []),
    [`${info}/METADATA`, Buffer.from(metadata)],
    [
      `${info}/WHEEL`,
      Buffer.from(
        'Wheel-Version: 1.0\nGenerator: pkgauth-testkit\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
      ),
    ],
  ];
  const record = [
    ...files.map(([path, content]) => `${path},sha256=${digest(content, 'base64url')},${content.length}`),
    `${info}/RECORD,,`,
  ];
  files.push([`${info}/RECORD`, Buffer.from(`${record.join('\n')}\n`)]);
  return finish(`${module}-${options.version}-py3-none-any.whl`, makeZip(files), metadata);
}

/** A source distribution (PEP 625) that holds only its metadata. */
export function makeSdist(options: DistributionOptions): FakeDistribution {
  const module = options.name.replaceAll(/[-.]+/g, '_');
  const metadata = coreMetadata(options);
  const top = `${module}-${options.version}`;
  const files: [string, Buffer][] = [
    [
      `${top}/pyproject.toml`,
      Buffer.from('[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'),
    ],
    [`${top}/PKG-INFO`, Buffer.from(metadata)],
    ...(options.padding ? [[`${top}/padding.bin`, Buffer.from(options.padding)] as [string, Buffer]] : []),
  ];
  return finish(`${top}.tar.gz`, gzipSync(makeTar(files)), metadata);
}

function coreMetadata({ name, version, requires = [], requiresPython }: DistributionOptions): string {
  const lines = ['Metadata-Version: 2.1', `Name: ${name}`, `Version: ${version}`, 'Summary: made for a test'];
  if (requiresPython !== undefined) lines.push(`Requires-Python: ${requiresPython}`);
  return [
    ...lines,
    ...requires.map((requirement) => `Requires-Dist: ${requirement}`),
    '',
    'A description.',
    '',
  ].join('\n');
}

function finish(filename: string, content: Buffer, metadata: string): FakeDistribution {
  return { filename, content, sha256: digest(content, 'hex'), metadata };
}

const digest = (content: Uint8Array, encoding: 'hex' | 'base64url') =>
  createHash('sha256').update(content).digest(encoding);

/** A zip archive whose members are stored, not deflated (APPNOTE.TXT). */
export function makeZip(files: readonly [path: string, content: Buffer][]): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [path, content] of files) {
    const name = Buffer.from(path);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x21, 8);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(content.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, name, content]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((0o100644 << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    central.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x03', 'latin1'), common, tail, name]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

/** A tar archive of regular files (ustar). */
export function makeTar(files: readonly [path: string, content: Buffer][]): Buffer {
  const blocks = files.flatMap(([path, content]) => {
    const header = Buffer.alloc(512);
    header.write(path, 0);
    header.write('0000644\0', 100);
    header.write('0000000\0', 108);
    header.write('0000000\0', 116);
    header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write('00000000000\0', 136);
    header.write('        0', 148);
    header.write('ustar\x0000', 257);
    header.write(
      `${header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    );
    return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}
