/**
 * A program for tests of locks: `hold-lock.ts PATH LIMIT [MILLISECONDS]` takes our lock on PATH within LIMIT milliseconds, prints
 * `locked`, keeps it for MILLISECONDS (until killed, when absent), and prints `released`. Ends with the error's exit code.
 */
import { ClientError, createContext } from 'pkgauth';

const [path = '', limit = '0', duration] = process.argv.slice(2);

try {
  const context = createContext({ input: false });
  await context.files.withLock(path, Number(limit), async () => {
    process.stdout.write('locked\n');
    await context.sleep(duration === undefined ? 2 ** 30 : Number(duration));
  });
  process.stdout.write('released\n');
} catch (error) {
  if (!(error instanceof ClientError)) throw error;
  process.stderr.write(`error: ${error.code}: ${error.message}\n`);
  process.exitCode = error.exitCode;
}
