import { ClientError } from '../errors.ts';
import { systemCode } from './system-errors.ts';

const tlsCodes = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REVOKED',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'INVALID_CA',
  'HOSTNAME_MISMATCH',
  'EPROTO',
]);

const isTls = (code: string): boolean =>
  tlsCodes.has(code) || code.startsWith('ERR_TLS_') || code.startsWith('ERR_SSL_');

const phrases: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (connection refused)',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name could not be looked up',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ETIMEDOUT: 'the connection timed out',
};

/** The innermost cause with a code: happy eyeballs wraps one failure per address into an `AggregateError`. */
const codeOf = (error: unknown): string | undefined =>
  systemCode(error) ?? (error instanceof AggregateError ? systemCode(error.errors[0]) : undefined);

const isMalformed = (code: string): boolean => code.startsWith('HPE_') || code === 'ERR_INVALID_CHAR';

const reasonOf = (error: unknown, code: string | undefined): string => {
  if (code !== undefined) return phrases[code] ?? code;
  return error instanceof Error ? error.message : 'an unknown error';
};

/** A failed exchange as an error for people, naming host and port and nothing of the path, which may hold a token. */
export const exchangeError = (error: unknown, url: URL): ClientError => {
  if (error instanceof ClientError) return error;
  const code = codeOf(error);
  if (code !== undefined && isTls(code)) {
    return new ClientError('tls', `the certificate of ${url.host} was not accepted (${code})`, {
      hint: 'if the host has a certificate of a private authority, name it: SSL_CERT_FILE=/path/ca.pem',
      cause: error,
    });
  }
  if (code !== undefined && isMalformed(code)) {
    return new ClientError('bad-response', `${url.host} did not answer in HTTP (${code})`, { cause: error });
  }
  return new ClientError('network', `could not reach ${url.host}: ${reasonOf(error, code)}`, {
    cause: error,
  });
};
