import { ServiceError } from '../errors.ts';

const wordsOf = (scope: string): string[] => scope.split(' ').filter((word) => word !== '');

/**
 * The scope that a refresh asks for (RFC 6749 §6): as granted when it asks for none. Throws `invalid-request` when it
 * asks for more than was granted.
 */
export function narrowScope(granted: string, asked: string | undefined): string {
  if (asked === undefined) return granted;
  const words = wordsOf(asked);
  const all = wordsOf(granted);
  if (words.some((word) => !all.includes(word))) {
    throw new ServiceError('invalid-request', 'The scope is wider than the login allows');
  }
  return all.filter((word) => words.includes(word)).join(' ');
}
