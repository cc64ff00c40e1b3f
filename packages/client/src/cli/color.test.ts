import { expect, it } from 'vitest';
import { wantsColor } from './color.ts';

it.each([
  ['always', { PKGAUTH_COLOR: 'never', NO_COLOR: '1' }, false, true],
  ['never', { FORCE_COLOR: '1' }, true, false],
  [undefined, { PKGAUTH_COLOR: 'always', NO_COLOR: '1' }, false, true],
  [undefined, { PKGAUTH_COLOR: 'never', PIXI_COLOR: 'always' }, true, false],
  [undefined, { PIXI_COLOR: 'always', NO_COLOR: '1' }, false, true],
  [undefined, { PKGAUTH_COLOR: 'auto', PIXI_COLOR: 'always' }, true, true],
  [undefined, { PKGAUTH_COLOR: 'auto', NO_COLOR: '1' }, true, false],
  [undefined, { PKGAUTH_COLOR: 'blue', NO_COLOR: '1' }, true, false],
  [undefined, { NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
  [undefined, { NO_COLOR: '' }, true, true],
  [undefined, { FORCE_COLOR: '1' }, false, true],
  [undefined, { FORCE_COLOR: '0' }, false, false],
  [undefined, { CLICOLOR_FORCE: '1' }, false, true],
  [undefined, { CLICOLOR: '0' }, true, false],
  [undefined, { TERM: 'dumb' }, true, false],
  [undefined, {}, true, true],
  [undefined, {}, false, false],
] as const)('--color %s with %j on terminal %s → %s', (option, env, isTerminal, expected) => {
  expect(wantsColor(option, env, isTerminal)).toBe(expected);
});
