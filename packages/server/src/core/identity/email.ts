const longestAddress = 254;

/**
 * An e-mail address as accounts are keyed by: NFKC-normalised, lower-cased, exactly one `@`, no white space or control
 * characters. Undefined for any other text. Two spellings that a person takes for one address are one address.
 */
export function normalizeEmail(text: string): string | undefined {
  const address = text.normalize('NFKC').trim().toLowerCase();
  if (address.length > longestAddress || !/^[^@\s\p{C}]+@[^@\s\p{C}]+$/u.test(address)) return undefined;
  return address;
}
