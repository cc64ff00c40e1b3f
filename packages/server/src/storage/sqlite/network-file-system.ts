import { statfs } from 'node:fs/promises';
import { StorageError } from '../../core/ports/storage.ts';

/** Magic numbers of statfs(2) on Linux for file systems whose locks and shared memory do not reach across machines. */
const networkFileSystems = new Map<number, string>([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB 2'],
  [0x5346414f, 'AFS'],
]);

/**
 * Throws `StorageError('unsupported')` when `directory` is on a network file system: SQLite's write-ahead log needs
 * memory that all its users share, and two machines on one such file destroy it. Knows the kinds by Linux's numbers;
 * on other systems it finds nothing.
 */
export async function refuseNetworkFileSystem(
  directory: string,
  platform: string,
  stat = statfs,
): Promise<void> {
  if (platform !== 'linux') return;
  const { type } = await stat(directory);
  // Node gives the number as a signed 64-bit or 32-bit word, depending on the machine.
  const kind = networkFileSystems.get(type >>> 0);
  if (kind === undefined) return;
  throw new StorageError(
    'unsupported',
    `SQLite cannot keep its database in ${directory}, which is on ${kind}: choose a directory on a local disk with --data, or use PostgreSQL with --database`,
  );
}
