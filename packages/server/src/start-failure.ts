import { ConfigError } from './config/index.ts';
import { StartupError } from './core/errors.ts';
import { StorageError } from './core/ports/index.ts';

/** Why the service did not start, for people, and the exit code that says it to programs. */
export type StartFailure = { exit: 1 | 2 | 6; message: string; hint: string | undefined };

/** Undefined for what only a fault of the program explains. */
export function startFailureOf(error: unknown): StartFailure | undefined {
  if (error instanceof ConfigError) return { exit: 2, message: error.message, hint: error.hint };
  if (error instanceof StartupError) return { exit: 6, message: error.message, hint: error.hint };
  if (error instanceof StorageError) return { exit: 6, message: error.message, hint: undefined };
  return error instanceof Error && 'syscall' in error ? systemFailure(error as SystemError) : undefined;
}

type SystemError = NodeJS.ErrnoException & { port?: number; address?: string };

function systemFailure({ code, port, address, message }: SystemError): StartFailure {
  if (code === 'EADDRINUSE') {
    return {
      exit: 1,
      message: `port ${port} is taken`,
      hint: 'choose another with --port N or PKGAUTH_PORT=N',
    };
  }
  if (code === 'EADDRNOTAVAIL') {
    return { exit: 1, message: `${address} is no address of this machine`, hint: 'pkgauth-server --help' };
  }
  return { exit: 1, message, hint: undefined };
}
