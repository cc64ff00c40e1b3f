import { expect, it } from 'vitest';
import type { Environment } from './clean-environment.ts';
import { describeWith, partPath } from './parts.ts';
import { run } from './process.ts';
import { secretService } from './secret-service.ts';

const isLocked = [
  '--print-reply',
  '--dest=org.freedesktop.secrets',
  '/org/freedesktop/secrets/collection/login',
  'org.freedesktop.DBus.Properties.Get',
  'string:org.freedesktop.Secret.Collection',
  'string:Locked',
];
const entry = ['service', 'pkgauth-test', 'username', 'alice'];

describeWith(['dbus-run-session', 'gnome-keyring-daemon', 'secret-tool'], 'Secret Service for tests', () => {
  it('keeps and gives back a secret when unlocked', async () => {
    const found = await secretService('unlocked', async (env) => {
      expect(await store(env)).toMatchObject({ code: 0 });
      return await run(partPath('secret-tool'), ['lookup', ...entry], { env });
    });
    expect(found).toMatchObject({ code: 0, stdout: 's3cret' });
  });

  it.each([
    ['locked', 'the keyring is there but locked', 'boolean true'],
    ['wrong-password', 'the keyring is there but locked', 'boolean true'],
    ['unlocked', 'the keyring is there and open', 'boolean false'],
    ['no-daemon', 'nobody answers', 'was not provided by any .service files'],
  ] as const)('when %s, %s', async (state, _, answer) => {
    await secretService(state, async (env) => {
      const asked = await run('dbus-send', [...isLocked], { env });
      expect(asked.stdout + asked.stderr).toContain(answer);
      expect((await store(env)).code === 0).toBe(state === 'unlocked');
    });
  });

  it('starts from an empty keyring each time', async () => {
    const found = await secretService('unlocked', (env) =>
      run(partPath('secret-tool'), ['lookup', ...entry], { env }),
    );
    expect(found).toMatchObject({ code: 1, stdout: '' });
  });
});

function store(env: Environment) {
  return run(partPath('secret-tool'), ['store', '--label=test', ...entry], {
    env,
    input: 's3cret',
    timeout: 20_000,
  });
}
