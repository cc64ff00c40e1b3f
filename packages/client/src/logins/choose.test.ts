import { expect, it } from 'vitest';
import { chooseLogin } from './choose.ts';

const at = (
  env: Record<string, string>,
  interactive = true,
  platform: 'linux' | 'darwin' | 'win32' = 'linux',
) => ({
  env,
  platform,
  terminal: { interactive },
});
const choose = (surroundings: ReturnType<typeof at>, mayAsk = true) =>
  chooseLogin(surroundings, 'https://pkg.example.com', { mayAsk });

it.each([
  ['a Linux desktop', at({ DISPLAY: ':0' }), 'browser'],
  ['Wayland', at({ WAYLAND_DISPLAY: 'wayland-0' }), 'browser'],
  ['WSL', at({ WSL_DISTRO_NAME: 'Debian' }), 'browser'],
  ['a named browser', at({ BROWSER: 'firefox' }), 'browser'],
  ['macOS', at({}, true, 'darwin'), 'browser'],
  ['Windows', at({}, true, 'win32'), 'browser'],
  ['no display', at({}), 'device'],
  [
    'SSH with a forwarded display',
    at({ DISPLAY: ':10', SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' }),
    'device',
  ],
  ['SSH to macOS', at({ SSH_TTY: '/dev/ttys001' }, true, 'darwin'), 'device'],
  ['no terminal', at({ DISPLAY: ':0' }, false), 'device'],
  ['CI=false', at({ CI: 'false', DISPLAY: ':0' }), 'browser'],
])('%s → %s', (_name, surroundings, expected) => expect(choose(surroundings)).toBe(expected));

it.each([
  ['CI=true', at({ CI: 'true', DISPLAY: ':0' }, false), true],
  ['CI=1 with a terminal', at({ CI: '1', DISPLAY: ':0' }), true],
  ['--no-input', at({ DISPLAY: ':0' }), false],
])(
  'LF14 %s neither asks nor opens anything, and names the variable to set',
  (_name, surroundings, mayAsk) => {
    expect(() => choose(surroundings, mayAsk)).toThrow(
      expect.objectContaining({ code: 'login-needed', hint: expect.stringContaining('PKGAUTH_TOKEN') }),
    );
  },
);
