import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { checkSecret } from '../config/secret-strength.ts';
import { StartupError } from '../core/errors.ts';

const fileName = 'secret.key';

/** The 32 bytes of a key that was configured as text. Throws `StartupError` (`secret-unusable`). */
export function parseSecretKey(text: string): Uint8Array {
  const checked = checkSecret(text);
  if (checked.ok) return checked.key;
  throw new StartupError('secret-unusable', `the service's secret ${checked.problem}`, {
    hint: 'openssl rand -base64 32',
  });
}

/**
 * The service's own key: the configured text, else `secret.key` in the data directory, which is drawn at the first
 * start (mode 0600). Of several processes that start at once, one writes it and all read the same.
 * Throws `StartupError` (`secret-unusable`) when the file is readable by others or is not a key.
 */
export async function loadSecretKey(
  dataDirectory: string,
  configured: string | undefined,
): Promise<Uint8Array> {
  if (configured !== undefined) return parseSecretKey(configured);
  const path = join(dataDirectory, fileName);
  const existing = await readKeyFile(path);
  if (existing !== undefined) return existing;
  await createKeyFile(dataDirectory, path);
  const created = await readKeyFile(path);
  if (created === undefined)
    throw new StartupError('secret-unusable', `${path} disappeared while it was made`);
  return created;
}

async function readKeyFile(path: string): Promise<Uint8Array | undefined> {
  let text: string;
  try {
    await refuseOpenFile(path);
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (error instanceof StartupError) throw error;
    throw new StartupError('secret-unusable', `${path} cannot be read`, { cause: error });
  }
  const checked = checkSecret(text);
  if (checked.ok) return checked.key;
  throw new StartupError('secret-unusable', `${path} ${checked.problem}`, {
    hint: `restore ${fileName} from the backup that belongs to this database`,
  });
}

async function refuseOpenFile(path: string): Promise<void> {
  const { mode } = await stat(path);
  if (process.platform === 'win32' || (mode & 0o077) === 0) return;
  throw new StartupError('secret-unusable', `${path} can be read by other users of this machine`, {
    hint: `chmod 600 ${path}`,
  });
}

/** Complete or absent: written aside, synced, then given its name, which fails when another process was first. */
async function createKeyFile(directory: string, path: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(`${randomBytes(32).toString('base64')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await unlink(draft);
  }
  await syncDirectory(directory);
}

async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
