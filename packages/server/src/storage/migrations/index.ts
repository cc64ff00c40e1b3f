/**
 * The steps from one version of the schema to the next, common to all databases, and the one runner for them. A
 * migration knows nothing of the entities or of who uses them. To add one: a file `NNNN-name.ts` beside this one that
 * gives its statements, written so that the program before it still works on the outcome (expand first, contract one
 * release later), and a line at the end of `migrations`. A released migration never changes.
 */
import { initial } from './0001-initial.ts';
import type { Ddl } from './dialect.ts';

export type Migration = { name: string; statements: (ddl: Ddl) => string[] };

/** In order; the version of a schema is how many of them it has had. */
export const migrations: readonly Migration[] = [initial];
