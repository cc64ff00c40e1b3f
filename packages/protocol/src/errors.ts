/** What went wrong, for programs. */
export type ProtocolErrorCode =
  /** The text does not follow its format's grammar. */
  | 'syntax'
  /** The bytes are not UTF-8 text. */
  | 'encoding'
  /** Longer, or nested deeper, than the format's limit. */
  | 'too-large'
  /** Well-formed, but of a version or shape that this package does not write. */
  | 'unsupported'
  /** A value that the format or protocol cannot carry safely. */
  | 'unsafe-value'
  /** Two entries contradict each other and choosing one would be a guess. */
  | 'conflict'
  /** Not an absolute http(s) URL, or one without a host. */
  | 'invalid-url'
  /** A credential would travel unencrypted to another machine. */
  | 'insecure-url';

export type ProtocolErrorOptions = {
  /** The one thing to do about it. */
  hint?: string | undefined;
  /** File that the text came from, for the message. */
  file?: string | undefined;
  /** First line is 1. */
  line?: number | undefined;
  /** First column is 1, in UTF-16 units. */
  column?: number | undefined;
  cause?: unknown;
};

const place = ({ file, line, column }: ProtocolErrorOptions): string => {
  if (line === undefined) return file === undefined ? '' : `${file}: `;
  if (file !== undefined) return `${file}:${line}${column === undefined ? '' : `:${column}`}: `;
  return column === undefined ? `line ${line}: ` : `line ${line}, column ${column}: `;
};

/**
 * The one error of this package. `message` is `[file:line:column: ]reason` for people and never contains a secret or
 * any other value of the input; `code` is for programs.
 */
export class ProtocolError extends Error {
  readonly code: ProtocolErrorCode;
  /** The message without its place. */
  readonly reason: string;
  readonly hint: string | undefined;
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly column: number | undefined;

  constructor(code: ProtocolErrorCode, reason: string, options: ProtocolErrorOptions = {}) {
    super(place(options) + reason, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ProtocolError';
    this.code = code;
    this.reason = reason;
    this.hint = options.hint;
    this.file = options.file;
    this.line = options.line;
    this.column = options.column;
  }

  /** The same error, naming the file that the text came from. */
  inFile(file: string): ProtocolError {
    const { hint, line, column, cause } = this;
    return new ProtocolError(this.code, this.reason, { hint, file, line, column, cause });
  }
}
