import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCoreMetadata } from './core-metadata.ts';

const parse = (text: string) => parseCoreMetadata(new TextEncoder().encode(text), 'METADATA');
const refusal = (text: string | Uint8Array) => {
  try {
    parseCoreMetadata(typeof text === 'string' ? new TextEncoder().encode(text) : text, 'METADATA');
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
};

describe('core metadata', () => {
  it('gives name, version and Requires-Python; field names have no case, lines any ending', () => {
    expect(
      parse(
        'Metadata-Version: 2.4\nNAME: A\r\nversion:1.0\nRequires-Python: >=3.9,\n  <4\nSummary: x:y\n\nName: not this',
      ),
    ).toEqual({
      name: 'A',
      version: '1.0',
      requiresPython: '>=3.9,\n<4',
    });
    expect(parse('Metadata-Version: 2.1\nName: A\nVersion: 1').requiresPython).toBeNull();
  });

  it.each([
    ['', 'METADATA has no Metadata-Version'],
    ['Metadata-Version: 2.1\nVersion: 1\n', 'METADATA has no Name'],
    ['Metadata-Version: 2.1\nName: a\n\nVersion: 1\n', 'METADATA has no Version'],
    ['Metadata-Version: 2.1\nName: a\nName: b\nVersion: 1\n', 'METADATA has the field name more than once'],
    ['Metadata-Version: 2.1\nName:\nVersion: 1\n', 'METADATA has no Name'],
    [new Uint8Array([0x4e, 0xff, 0xfe]), 'METADATA is not UTF-8'],
  ])('refuses %j', (text, message) => {
    expect(refusal(text)).toBe(message);
  });

  it('answers or refuses any bytes, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 300 }),
          fc
            .string()
            .map((text) => new TextEncoder().encode(`Metadata-Version: 2\nName: ${text}\nVersion: ${text}`)),
        ),
        (bytes) => {
          const answer = refusal(bytes);
          expect(answer === 'accepted' || answer.startsWith('METADATA ')).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
