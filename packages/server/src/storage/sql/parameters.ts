/**
 * Refuses text that only one of the databases could keep: PostgreSQL has no NUL in text, so none may reach either.
 * A `TypeError`, because whoever took the text from outside should have refused it.
 */
export function checkParameters(parameters: readonly unknown[]): void {
  for (const parameter of parameters) {
    if (typeof parameter === 'string' && parameter.includes('\0')) {
      throw new TypeError('text that contains the NUL character cannot be stored');
    }
  }
}
