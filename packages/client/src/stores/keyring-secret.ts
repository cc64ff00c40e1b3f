import type { Context, KeyringAnswer, KeyringRequest } from '../context.ts';
import { ClientError } from '../errors.ts';

/** UTF-16 units that an entry of the Windows Credential Manager holds. */
const maximumUnits = 1280;

type Ask = (request: KeyringRequest) => Promise<KeyringAnswer>;

/** A secret that is too long for one entry: the main entry names the parts, which are entries of their own. */
type Parts = { readonly parts: number; readonly generation: string };

const partAccount = (account: string, generation: string, part: number): string =>
  `${account} part ${generation}.${part}`;

const partsIn = (text: string | undefined): Parts | undefined => {
  const found = /^\{"parts":(\d{1,3}),"generation":"([0-9a-f]{16})"\}$/.exec(text ?? '');
  return found === null ? undefined : { parts: Number(found[1]), generation: found[2] ?? '' };
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
  { parts, generation }: Parts,
): Promise<string | undefined> => {
  let text = '';
  for (let part = 1; part <= parts; part += 1) {
    const piece = await getText(ask, partAccount(account, generation, part));
    if (piece === undefined) return undefined;
    text += piece;
  }
  return text;
};

const deleteParts = async (ask: Ask, account: string, old: Parts | undefined): Promise<void> => {
  for (let part = 1; part <= (old?.parts ?? 0); part += 1) {
    await ask({ operation: 'delete', account: partAccount(account, old?.generation ?? '', part) });
  }
};

/** The secret of an account; undefined when there is none. Throws `store-locked`, `store-unavailable`, `store-corrupt`. */
export const readSecret = async (
  { keyring }: Pick<Context, 'keyring'>,
  account: string,
): Promise<string | undefined> => {
  // A writer replaces the main entry last, so parts that are gone mean that there is a newer main entry.
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

/** Stores ASCII text of any length; whoever reads meanwhile sees the old or the new one as a whole. */
export const writeSecret = async (
  { keyring, randomBytes }: Pick<Context, 'keyring' | 'randomBytes'>,
  account: string,
  text: string,
): Promise<void> => {
  const old = partsIn(await getText(keyring.ask, account));
  if (text.length <= maximumUnits) {
    await setText(keyring.ask, account, text);
  } else {
    const generation = Buffer.from(randomBytes(8)).toString('hex');
    const parts = Math.ceil(text.length / maximumUnits);
    for (let part = 1; part <= parts; part += 1) {
      const piece = text.slice((part - 1) * maximumUnits, part * maximumUnits);
      await setText(keyring.ask, partAccount(account, generation, part), piece);
    }
    await setText(keyring.ask, account, JSON.stringify({ parts, generation }));
  }
  await deleteParts(keyring.ask, account, old);
};

/** Answers whether there was an entry. */
export const deleteSecret = async (
  { keyring }: Pick<Context, 'keyring'>,
  account: string,
): Promise<boolean> => {
  const old = partsIn(await getText(keyring.ask, account));
  const answer = await keyring.ask({ operation: 'delete', account });
  requireAnswer(answer);
  await deleteParts(keyring.ask, account, old);
  return answer.state === 'done';
};
