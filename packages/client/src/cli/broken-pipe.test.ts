import { join } from 'node:path';
import { cleanEnvironment, run, temporaryDirectory } from '@pkgauth/testkit';
import { describe, expect, it } from 'vitest';

const program = `"$NODE" --disable-warning=ExperimentalWarning --conditions=@pkgauth/source "$MAIN"`;

/** Runs a command of the client whose stdout nobody reads any more; stderr ends with its exit code. */
async function withoutReader(args: string): Promise<string> {
  using home = temporaryDirectory();
  const env = {
    ...cleanEnvironment(home.path),
    NODE: process.execPath,
    MAIN: join(import.meta.dirname, 'main.ts'),
    PKGAUTH_STORE: 'netrc',
  };
  const script = `(sleep 0.3; ${program} ${args}; echo "code $?" >&2) | true`;
  return (await run('sh', ['-c', script], { env, cwd: home.path })).stderr;
}

describe('a reader that has gone', () => {
  it.each([['--help'], ['login --help'], ['list --json --quiet'], ['helper keyring --help']])(
    'HP06 pkgauth %s ends quietly',
    async (args) => {
      expect(await withoutReader(args)).toMatch(/^code \d+\n$/);
    },
  );

  it('HP06 a helper says nothing of it, and prints no half of an answer', async () => {
    using home = temporaryDirectory();
    const env = { ...cleanEnvironment(home.path), NODE: process.execPath, PKGAUTH_STORE: 'netrc' };
    const main = join(import.meta.dirname, 'main.ts');
    // The tool that asked dies before it has sent all of its question.
    const script = `printf '{"uri":"https://pkg.exam' | ${program} helper bazel get`;
    const { stdout, code } = await run('sh', ['-c', script], { env: { ...env, MAIN: main }, cwd: home.path });
    expect(stdout).toBe('');
    expect(code).not.toBe(0);
  });
});
