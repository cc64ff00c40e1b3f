export type ColorWhen = 'auto' | 'always' | 'never';

const isWhen = (value: string | undefined): value is ColorWhen =>
  value === 'auto' || value === 'always' || value === 'never';

const isSet = (value: string | undefined): boolean => value !== undefined && value !== '' && value !== '0';

/**
 * Whether a stream gets colour: `--color` over `PKGAUTH_COLOR` over `PIXI_COLOR` over `NO_COLOR` over `FORCE_COLOR` and
 * `CLICOLOR_FORCE` over `CLICOLOR=0` and `TERM=dumb` over whether the stream is a terminal.
 */
export const wantsColor = (
  option: ColorWhen | undefined,
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
): boolean => {
  const when = [option, env.PKGAUTH_COLOR, env.PIXI_COLOR].find((value) => isWhen(value));
  if (when === 'always') return true;
  if (when === 'never') return false;
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  if (isSet(env.FORCE_COLOR) || isSet(env.CLICOLOR_FORCE)) return true;
  if (env.CLICOLOR === '0' || env.TERM === 'dumb') return false;
  return isTerminal;
};
