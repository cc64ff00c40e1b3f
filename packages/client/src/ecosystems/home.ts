import { join } from 'node:path';
import { ClientError } from '../errors.ts';
import type { Place } from './ecosystem.ts';

/** The home directory, for a tool whose own configuration lies below it. Throws `failed` when there is none. */
export const requireHome = ({ home }: Place, title: string): string => {
  if (home !== undefined) return home;
  throw new ClientError('failed', `there is no home directory, so ${title} has no user-level configuration`, {
    hint: 'set HOME',
  });
};

/** `%APPDATA%` on Windows. */
export const roamingDirectory = (place: Place, title: string): string =>
  place.env.APPDATA || join(requireHome(place, title), 'AppData', 'Roaming');

/** `$XDG_CONFIG_HOME`, or `~/.config`; relative values are invalid by its specification. */
export const configDirectory = (place: Place, title: string): string => {
  const named = place.env.XDG_CONFIG_HOME;
  return named?.startsWith('/') ? named : join(requireHome(place, title), '.config');
};
