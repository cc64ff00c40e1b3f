import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanEnvironment, type Environment } from './clean-environment.ts';
import { partPath } from './parts.ts';
import { startProcess } from './process.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/**
 * What a client meets on the bus: a keyring that answers, one that is locked (and nobody to answer its
 * prompt), one whose unlocking was tried with a wrong password, or a bus without any Secret Service.
 */
export type SecretServiceState = 'unlocked' | 'locked' | 'wrong-password' | 'no-daemon';

// `settled false` waits until the login keyring is there and open, `settled true` until it is there and locked.
const functions = `
daemon() { sh -c 'echo $$ >"$HOME/pid"; exec gnome-keyring-daemon --foreground --components=secrets "$@"' sh "$@" >/dev/null; }
locked() {
  dbus-send --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets/collection/login \
    org.freedesktop.DBus.Properties.Get string:org.freedesktop.Secret.Collection string:Locked 2>/dev/null
}
settled() { until locked | grep -q "boolean $1"; do sleep 0.05; done; }
create() { (printf right | daemon --unlock) & settled false; }
stop() { kill "$(cat "$HOME/pid")"; while locked >/dev/null; do sleep 0.05; done; }
`;

// The password of a login keyring is fixed when it is first unlocked: it is made once, then the daemon replaced.
const startScripts = {
  unlocked: 'create',
  locked: 'create; stop; daemon & settled true',
  'wrong-password': 'create; stop; (printf wrong | daemon --unlock) & settled true',
  'no-daemon': ':',
} as const satisfies Record<SecretServiceState, string>;

// The machine's own configuration would start a Secret Service, or a prompt, by itself when one is asked for.
const busConfiguration = `<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>`;

/**
 * Runs `work` beside a session bus with a GNOME keyring of its own, and gives it the environment of a program
 * of that session: `cleanEnvironment` of a new home, with the bus.
 */
export async function secretService<T>(
  state: SecretServiceState,
  work: (environment: Environment) => Promise<T>,
): Promise<T> {
  using home = temporaryDirectory();
  const runtime = join(home.path, 'run');
  mkdirSync(runtime);
  chmodSync(runtime, 0o700);
  const configuration = join(home.path, 'bus.conf');
  writeFileSync(configuration, busConfiguration);
  const environment: Environment = { ...cleanEnvironment(home.path), XDG_RUNTIME_DIR: runtime };
  const session = `${functions}${startScripts[state]}; echo "bus=$DBUS_SESSION_BUS_ADDRESS"; exec sleep 600`;
  const args = [`--config-file=${configuration}`, '--', 'sh', '-c', session];
  await using bus = await startProcess(partPath('dbus-run-session'), args, { env: environment });
  const address = await bus.waitFor(/^bus=(.+)$/m);
  return await work({ ...environment, DBUS_SESSION_BUS_ADDRESS: address[1] ?? '' });
}
