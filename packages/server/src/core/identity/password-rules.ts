import { ServiceError } from '../errors.ts';

/** NIST SP 800-63B: length counts, composition does not. The upper limit keeps hashing bounded. */
const shortest = 10;
const longest = 200;

/** The text that is hashed. Throws `invalid-request` with what is wrong. */
export function acceptablePassword(text: string): string {
  const password = text.normalize('NFKC');
  if (password.length < shortest) {
    throw new ServiceError('invalid-request', `A password has at least ${shortest} characters`);
  }
  if (password.length > longest) {
    throw new ServiceError('invalid-request', `A password has at most ${longest} characters`);
  }
  return password;
}
