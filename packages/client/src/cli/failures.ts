import { ProtocolError, redactText } from '@pkgauth/protocol';
import type { Terminal } from '../context.ts';
import { ClientError, exitCodes } from '../errors.ts';
import { labelled } from './output.ts';

/** An error in the words of the command line: what failed, what to do about it, and the exit code. */
export type Failure = {
  readonly message: string;
  readonly hint: string | undefined;
  readonly exitCode: number;
};

/** What a person typed is their usage; anything else that cannot be read is a failure. */
const codeOfProtocolError = ({ code }: ProtocolError): number =>
  code === 'invalid-url' || code === 'insecure-url' ? exitCodes.usage : exitCodes.failed;

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

/** `pkgauth: error: …` and `pkgauth: hint: …`, a line each, control characters escaped and secrets hidden. */
export const failureText = (terminal: Pick<Terminal, 'color'>, error: unknown): string => {
  const { message, hint } = failureOf(error);
  const first = labelled(terminal, 'error', 'red', redactText(message));
  return hint === undefined ? first : first + labelled(terminal, 'hint', 'cyan', redactText(hint));
};

/** Writes what failed on stderr and answers the exit code. */
export const reportFailure = (terminal: Terminal, error: unknown): number => {
  terminal.err(failureText(terminal, error));
  return failureOf(error).exitCode;
};
