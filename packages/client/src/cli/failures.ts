import { ProtocolError } from '@pkgauth/protocol';
import type { Terminal } from '../context.ts';
import { ClientError, exitCodes } from '../errors.ts';
import { labelled } from './output.ts';

/** An error in the words of the command line: what failed, what to do about it, and the exit code. */
export type Failure = {
  readonly message: string;
  readonly hint: string | undefined;
  readonly exitCode: number;
};

const codeOfProtocolError = (error: ProtocolError): number => {
  if (error.code === 'invalid-url' || error.code === 'insecure-url') return exitCodes.usage;
  return error.file === undefined ? exitCodes.failed : exitCodes['store-corrupt'];
};

/** Never throws; an unforeseen error keeps its message and loses its stack. */
export const failureOf = (error: unknown): Failure => {
  if (error instanceof ClientError)
    return { message: error.message, hint: error.hint, exitCode: error.exitCode };
  if (error instanceof ProtocolError) {
    return { message: error.message, hint: error.hint, exitCode: codeOfProtocolError(error) };
  }
  const message = error instanceof Error ? error.message : 'an unknown failure';
  return { message: `unexpected: ${message}`, hint: undefined, exitCode: exitCodes.failed };
};

/** Writes `pkgauth: error: …` and `pkgauth: hint: …` on stderr and answers the exit code. */
export const reportFailure = (terminal: Terminal, error: unknown): number => {
  const { message, hint, exitCode } = failureOf(error);
  terminal.err(labelled(terminal, 'error', 'red', message));
  if (hint !== undefined) terminal.err(labelled(terminal, 'hint', 'cyan', hint));
  return exitCode;
};
