import fc from 'fast-check';
import { expect, it } from 'vitest';
import { suggest } from './suggest.ts';

const words = ['login', 'logout', 'status', 'list', 'whoami', 'token', 'api-key create'];

it.each([
  ['lgoin', 'login'],
  ['LOGIN', 'login'],
  ['logot', 'logout'],
  ['tokens', 'token'],
  ['api-key creat', 'api-key create'],
  ['stat', 'status'],
  ['frobnicate', undefined],
  ['', undefined],
])('%s → %s', (typed, meant) => expect(suggest(typed, words)).toBe(meant));

it('finds a word that it is given, and one with a letter missing', () => {
  fc.assert(
    fc.property(fc.constantFrom(...words), fc.nat(), (word, place) => {
      expect(suggest(word, words)).toBe(word);
      const index = place % word.length;
      expect(suggest(word.slice(0, index) + word.slice(index + 1), words)).toBeDefined();
    }),
  );
});
