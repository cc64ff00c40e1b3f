/**
 * The tools that get their credentials from pkgauth: which of their files are theirs to configure, what stands in them, and
 * the program that they call. Must not know how a credential is found or refreshed, nor how a change is shown or agreed to.
 * To add a tool, write `<tool>.ts` with an `Ecosystem`, its test, its row here and its `setup` command.
 */
import type { Ecosystem } from './ecosystem.ts';
import { pip } from './pip.ts';
import { uv } from './uv.ts';

export const ecosystems = { pip, uv } as const satisfies Record<string, Ecosystem>;
export type { Ecosystem, Index, Place } from './ecosystem.ts';
export { isOurKeyring, keyringProgram } from './keyring-program.ts';
