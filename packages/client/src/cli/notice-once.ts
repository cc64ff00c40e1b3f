import { besideCredentials, pathsOf } from '../config/index.ts';
import type { Context } from '../context.ts';

const minute = 60_000;

/** A name that is the same for one text, one caller and one minute. */
const nameOf = (context: Context, parentId: number, text: string): string => {
  const digest = Buffer.from(context.sha256(new TextEncoder().encode(text))).toString('hex', 0, 8);
  return `${Math.floor(context.now() / minute)}-${parentId}-${digest}`;
};

const isOld = (name: string, current: string): boolean => name.split('-', 1)[0] !== current.split('-', 1)[0];

const remember = async (context: Context, directory: string, name: string): Promise<void> => {
  for (const other of await context.files.list(directory)) {
    if (isOld(other, name)) await context.files.remove(pathsOf(context).join(directory, other));
  }
  await context.files.write(pathsOf(context).join(directory, name), '');
};

/**
 * Whether a text has not been said to the same calling process within this minute: uv asks up to three times for one
 * index, and shows our stderr each time. Where nothing can be remembered the answer is yes.
 */
export const isNews = async (context: Context, parentId: number, text: string): Promise<boolean> => {
  const directory = besideCredentials(context, 'notices');
  if (directory === undefined) return true;
  const name = nameOf(context, parentId, text);
  try {
    if ((await context.files.read(pathsOf(context).join(directory, name))) !== undefined) return false;
    await remember(context, directory, name);
  } catch {
    // A read-only home: better said twice than not at all.
  }
  return true;
};
