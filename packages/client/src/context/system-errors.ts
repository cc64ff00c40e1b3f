import { ClientError, type ClientErrorCode } from '../errors.ts';

const phrases: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  EIO: 'the device reported an input/output error',
  ENOTDIR: 'a part of the path is not a directory',
  EISDIR: 'it is a directory',
  ELOOP: 'it is a symbolic link, or there are too many of them',
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files on this machine',
  ENOENT: 'no such file or directory',
  EBUSY: 'it is in use',
  ENXIO: 'it is not a regular file',
};

/** The `code` of a system error (`ENOENT`), or undefined. */
export const systemCode = (error: unknown): string | undefined => {
  const code = error instanceof Error ? (error as Error & { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : undefined;
};

/** A failed file operation as an error for people: `could not write PATH: no space left on the device`. */
export const fileError = (
  operation: string,
  path: string,
  error: unknown,
  code: ClientErrorCode = 'store-unavailable',
): ClientError => {
  if (error instanceof ClientError) return error;
  const name = systemCode(error);
  const reason = name === undefined ? 'an unknown error' : (phrases[name] ?? name);
  return new ClientError(code, `could not ${operation} ${path}: ${reason}`, { cause: error });
};
