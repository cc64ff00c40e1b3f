import type { Context, KeyringAnswer, KeyringRequest } from '../context.ts';
import { ClientError } from '../errors.ts';

/** UTF-16 units that an entry of the Windows Credential Manager holds. */
const maximumUnits = 1280;

type Ask = (request: KeyringRequest) => Promise<KeyringAnswer>;

/**
 * A secret that is too long for one entry: the main entry names the set of parts that hold it, each an entry of its own that
 * begins with the tag. There are two sets, so that the new one is whole before the main entry turns to it, and so that
 * whatever a killed process left has a name by which it is found and removed.
 */
type Parts = { readonly set: PartSet; readonly parts: number; readonly tag: string };
type PartSet = 'a' | 'b';

const tagLength = 16;
const partLength = maximumUnits - tagLength;

const partAccount = (account: string, set: PartSet, part: number): string => `${account} part ${set}.${part}`;

const partsIn = (text: string | undefined): Parts | undefined => {
  const found = /^\{"set":"([ab])","parts":(\d{1,3}),"tag":"([0-9a-f]{16})"\}$/.exec(text ?? '');
  const [, set, parts, tag = ''] = found ?? [];
  return set === 'a' || set === 'b' ? { set, parts: Number(parts), tag } : undefined;
};

const messages: Record<Exclude<KeyringAnswer['state'], 'done' | 'none'>, string> = {
  absent: 'there is no usable keyring service on this machine',
  locked: 'the keyring is locked, and nobody unlocked it',
  hanging: 'the keyring did not answer within 3 s',
  ambiguous: 'the keyring holds this entry twice',
  failed: 'the keyring failed',
};

const hints: Partial<Record<KeyringAnswer['state'], string>> = {
  absent: 'keep credentials in a file: --store pkgauth-file',
  locked: 'unlock the keyring, or keep credentials in a file: --store pkgauth-file',
  hanging: 'unlock the keyring if it asks for that, or keep credentials in a file: --store pkgauth-file',
  ambiguous: 'secret-tool clear service pkgauth username ACCOUNT removes both',
};

/** An answer that is no answer, as an error: `store-locked` or `store-unavailable`, never "not found" (CS18, CS19). */
const requireAnswer = (answer: KeyringAnswer): string | undefined => {
  if (answer.state === 'done') return answer.secret;
  if (answer.state === 'none') return undefined;
  const code = answer.state === 'locked' ? 'store-locked' : 'store-unavailable';
  const detail = answer.state === 'failed' ? `: ${answer.detail}` : '';
  throw new ClientError(code, messages[answer.state] + detail, { hint: hints[answer.state] });
};

const getText = async (ask: Ask, account: string): Promise<string | undefined> =>
  requireAnswer(await ask({ operation: 'get', account }));
const setText = async (ask: Ask, account: string, secret: string): Promise<void> => {
  requireAnswer(await ask({ operation: 'set', account, secret }));
};

const readParts = async (
  ask: Ask,
  account: string,
  { set, parts, tag }: Parts,
): Promise<string | undefined> => {
  let text = '';
  for (let part = 1; part <= parts; part += 1) {
    const piece = await getText(ask, partAccount(account, set, part));
    if (!piece?.startsWith(tag)) return undefined;
    text += piece.slice(tagLength);
  }
  return text;
};

/**
 * Removes the parts of a set from a number on, the last one first: parts are written from the first, so a set that was
 * written or removed by half still begins with its first part and can be found.
 */
const clearParts = async (ask: Ask, account: string, set: PartSet, from: number): Promise<void> => {
  let end = from;
  while ((await getText(ask, partAccount(account, set, end))) !== undefined) end += 1;
  for (let part = end - 1; part >= from; part -= 1) {
    requireAnswer(await ask({ operation: 'delete', account: partAccount(account, set, part) }));
  }
};

/** The secret of an account; undefined when there is none. Throws `store-locked`, `store-unavailable`, `store-corrupt`. */
export const readSecret = async (
  { keyring }: Pick<Context, 'keyring'>,
  account: string,
): Promise<string | undefined> => {
  // A writer turns the main entry last, so parts that do not fit it mean that there is a newer main entry.
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const main = await getText(keyring.ask, account);
    const split = partsIn(main);
    if (split === undefined) return main;
    const text = await readParts(keyring.ask, account, split);
    if (text !== undefined) return text;
  }
  throw new ClientError('store-corrupt', `the keyring has lost a part of the entry ${account}`, {
    hint: 'log in again',
  });
};

const writeParts = async (
  { keyring, randomBytes }: Pick<Context, 'keyring' | 'randomBytes'>,
  account: string,
  text: string,
  set: PartSet,
): Promise<Parts> => {
  const tag = Buffer.from(randomBytes(tagLength / 2)).toString('hex');
  const parts = Math.ceil(text.length / partLength);
  for (let part = 1; part <= parts; part += 1) {
    const piece = tag + text.slice((part - 1) * partLength, part * partLength);
    await setText(keyring.ask, partAccount(account, set, part), piece);
  }
  return { set, parts, tag };
};

/** Stores ASCII text of any length; whoever reads meanwhile sees the old or the new one as a whole. */
export const writeSecret = async (
  context: Pick<Context, 'keyring' | 'randomBytes'>,
  account: string,
  text: string,
): Promise<void> => {
  const { ask } = context.keyring;
  const current = partsIn(await getText(ask, account));
  const next: PartSet = current?.set === 'a' ? 'b' : 'a';
  const isShort = text.length <= maximumUnits;
  const split = isShort ? undefined : await writeParts(context, account, text, next);
  await setText(ask, account, split === undefined ? text : JSON.stringify(split));
  await clearParts(ask, account, next, (split?.parts ?? 0) + 1);
  await clearParts(ask, account, next === 'a' ? 'b' : 'a', 1);
};

/** Answers whether there was an entry. */
export const deleteSecret = async (
  { keyring: { ask } }: Pick<Context, 'keyring'>,
  account: string,
): Promise<boolean> => {
  const answer = await ask({ operation: 'delete', account });
  requireAnswer(answer);
  await clearParts(ask, account, 'a', 1);
  await clearParts(ask, account, 'b', 1);
  return answer.state === 'done';
};
