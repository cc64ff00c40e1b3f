import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Secret } from '@pkgauth/protocol';
import { cleanEnvironment, run, temporaryDirectory } from '@pkgauth/testkit';
import { describe, expect, it } from 'vitest';
import { createContext } from './context/node-context.ts';
import { openChain } from './stores/index.ts';

/** Records every module that the program loads, then runs it. */
const recorder = `
  import { registerHooks } from 'node:module';
  registerHooks({ resolve: (specifier, context, next) => {
    const resolved = next(specifier, context);
    process.stderr.write(resolved.url + '\\n');
    return resolved;
  } });`;

describe('start-up', () => {
  it('a credential from a file costs no lock, no network, no keyring and no child process', async () => {
    using home = temporaryDirectory();
    const service = 'https://packages.example.com/';
    const context = createContext({
      settings: { HOME: home.path, PKGAUTH_STORE: 'pkgauth-file', XDG_DATA_HOME: '' },
    });
    await (await openChain(context)).save(service, {
      kind: 'session',
      accessToken: new Secret('access'),
      refreshToken: new Secret('refresh'),
      expiresAt: Date.now() + 3_600_000,
    });
    const hook = join(home.path, 'recorder.mjs');
    writeFileSync(hook, recorder);
    const program = new URL('../../testkit/src/programs/resolve.ts', import.meta.url).pathname;
    const { stdout, stderr } = await run(
      process.execPath,
      ['--conditions=@pkgauth/source', '--import', hook, program, `${service}simple/`],
      { env: cleanEnvironment(home.path) },
    );
    expect(stdout).toBe('access\n');
    const loaded = stderr.split('\n');
    expect(loaded.some((url) => url.endsWith('/stores/pkgauth-file.ts'))).toBe(true);
    const dear =
      /koffi|napi-rs|undici|oauth4webapi|\/zod\/|node:(?:https?|tls|net|child_process|readline|crypto)$/;
    expect(loaded.filter((url) => dear.test(url))).toEqual([]);
  });
});
