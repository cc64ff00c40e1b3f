import { besideCredentials, pathsOf } from '../config/index.ts';
import type { Context } from '../context.ts';

/** Milliseconds. What was said in this span or the one before is not said again, so that no border comes between two calls. */
const span = 30_000;

/** Names for a text and a caller: one for this span, one for the span before. */
const namesOf = (context: Context, parentId: number, text: string): [current: string, previous: string] => {
  const digest = Buffer.from(context.sha256(new TextEncoder().encode(text))).toString('hex', 0, 8);
  const now = Math.floor(context.now() / span);
  return [`${now}-${parentId}-${digest}`, `${now - 1}-${parentId}-${digest}`];
};

const spanOf = (name: string): number => Number(name.split('-', 1)[0]);

const remember = async (context: Context, directory: string, name: string): Promise<void> => {
  for (const other of await context.files.list(directory)) {
    const isOld = !(spanOf(other) >= spanOf(name) - 1);
    if (isOld) await context.files.remove(pathsOf(context).join(directory, other));
  }
  await context.files.write(pathsOf(context).join(directory, name), '');
};

/**
 * Whether a text has not been said to the same calling process within the last half to whole minute: uv asks up to three times
 * for one index, and shows our stderr each time. Where nothing can be remembered the answer is yes.
 */
export const isNews = async (context: Context, parentId: number, text: string): Promise<boolean> => {
  const directory = besideCredentials(context, 'notices');
  if (directory === undefined) return true;
  const names = namesOf(context, parentId, text);
  try {
    for (const name of names) {
      if ((await context.files.read(pathsOf(context).join(directory, name))) !== undefined) return false;
    }
    await remember(context, directory, names[0]);
  } catch {
    // A read-only home: better said twice than not at all.
  }
  return true;
};
