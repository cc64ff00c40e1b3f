import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@pkgauth/testkit';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Canaries } from './canaries.ts';

const secret = fc.string({ minLength: 16, maxLength: 40, unit: fc.constantFrom(...'abcXYZ0189_-') });

it('N07 the search finds a secret in every disguise, wherever it stands', () => {
  fc.assert(
    fc.property(secret, fc.string({ unit: 'binary-ascii' }), fc.string(), (value, before, after) => {
      const canaries = new Canaries();
      canaries.add('it', value);
      const around = before + value + after;
      const disguised = [
        around,
        Buffer.from(around).toString('base64'),
        Buffer.from(around).toString('base64url'),
        Buffer.from(around).toString('hex'),
        `${before}${encodeURIComponent(value)}${after}`,
      ];
      for (const text of disguised) expect(canaries.search('here', text)[0]?.secret).toBe('it');
      expect(canaries.search('here', around, ['it'])).toEqual([]);
      const incomplete = before + value.slice(1) + after;
      fc.pre(!incomplete.includes(value));
      expect(canaries.search('here', incomplete)).toEqual([]);
    }),
  );
});

it('N07 the search reads files and their names', () => {
  using directory = temporaryDirectory();
  const canaries = new Canaries();
  canaries.add('it', 'a-very-secret-canary');
  writeFileSync(join(directory.path, 'innocent'), 'nothing');
  expect(canaries.searchFiles(directory.path)).toEqual([]);
  writeFileSync(join(directory.path, 'guilty'), Buffer.from('\0\0a-very-secret-canary\xff', 'latin1'));
  writeFileSync(join(directory.path, 'a-very-secret-canary'), '');
  expect(canaries.searchFiles(directory.path)).toHaveLength(2);
});
