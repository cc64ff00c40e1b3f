import { writeSync } from 'node:fs';
import type { Terminal } from '../context.ts';
import { ClientError } from '../errors.ts';

export type TerminalOptions = {
  /** `false`: nobody may be asked although there is a terminal (`--no-input`). */
  readonly input: boolean;
  readonly color: () => boolean;
};

/** What the file functions of Node offer on a closed or full pipe. */
const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code;

const pause = (milliseconds: number): void =>
  void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

/**
 * Writes all of a text to a descriptor before it returns. Node's own streams cost a helper a fifth of its time to set up;
 * only the Windows console needs them, which takes no UTF-8 bytes.
 */
const writer = (descriptor: 1 | 2): ((text: string) => void) => {
  if (process.platform === 'win32') {
    return (text) => void (descriptor === 1 ? process.stdout : process.stderr).write(text);
  }
  let isClosed = false;
  return (text) => {
    const bytes = Buffer.from(text);
    for (let written = 0; written < bytes.length && !isClosed; ) {
      try {
        written += writeSync(descriptor, bytes, written);
      } catch (error) {
        // Whoever reads may have enough (EPIPE), or hold a pipe that is full for the moment (EAGAIN).
        if (codeOf(error) === 'EAGAIN') pause(5);
        else isClosed = true;
      }
    }
  };
};

const readAll = async (limit: number): Promise<string> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw new ClientError('usage', `standard input is longer than ${limit} bytes`);
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    throw new ClientError('usage', 'standard input is not UTF-8 text', { cause });
  }
};

const ask = async (question: string, isSecret: boolean): Promise<string> => {
  const [{ createInterface }, { Writable }] = await Promise.all([
    import('node:readline'),
    import('node:stream'),
  ]);
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  // The line editor takes the terminal's echo away; a secret's characters then go nowhere.
  const editor = createInterface({
    input: process.stdin,
    output: isSecret ? silent : process.stderr,
    terminal: true,
  });
  editor.once('line', resolve);
  editor.once('SIGINT', () => reject(new ClientError('interrupted', 'interrupted')));
  editor.once('close', () => reject(new ClientError('interrupted', 'nothing was entered')));
  try {
    return await promise;
  } finally {
    editor.close();
    if (isSecret) process.stderr.write('\n');
  }
};

/** The real terminal: answers on stdout, everything else on stderr. */
export const nodeTerminal = ({ input, color }: TerminalOptions): Terminal => {
  const isInteractive = (): boolean => input && process.stdin.isTTY === true && process.stderr.isTTY === true;
  return {
    get interactive() {
      return isInteractive();
    },
    get color() {
      return color();
    },
    out: writer(1),
    err: writer(2),
    prompt: async (question, options = {}) => {
      if (!isInteractive())
        throw new ClientError('usage', 'this needs an answer, and there is no terminal to ask on');
      return ask(question, options.secret === true);
    },
    readStdin: readAll,
  };
};
