const mask = '***';

/**
 * A secret text that prints as `***` wherever objects are printed: string conversion, JSON and the console.
 * `reveal()` is the only way to the value, so that every use can be found by searching for it.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The secret itself; for the file, header or helper answer that it is meant for, and nothing else. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return mask;
  }

  toJSON(): string {
    return mask;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `Secret(${mask})`;
  }
}
