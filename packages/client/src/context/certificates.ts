import { readFileSync } from 'node:fs';
import { ClientError } from '../errors.ts';
import { fileError } from './system-errors.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** TLS settings from the environment, as `node:tls` takes them; empty for the runtime's own roots. */
export type Certificates = { ca?: string[]; cert?: string; key?: string };

const readPem = (variable: string, path: string): string => {
  let text: string;
  try {
    text = readFileSync(path, 'latin1');
  } catch (error) {
    throw fileError(`read the certificates of ${variable},`, path, error, 'tls');
  }
  if (!text.includes('-----BEGIN ')) {
    throw new ClientError('tls', `${path}, which ${variable} names, holds no PEM certificate`);
  }
  return text;
};

const firstSet = (env: Env, names: readonly string[]): [name: string, value: string] | undefined => {
  for (const name of names) {
    const value = env[name];
    if (value !== undefined && value !== '') return [name, value];
  }
  return undefined;
};

/**
 * `SSL_CERT_FILE`, else `REQUESTS_CA_BUNDLE`, else `CURL_CA_BUNDLE` replace the built-in roots, as they do in uv, requests and
 * curl; `NODE_EXTRA_CA_CERTS` adds to whichever are in force (the runtime adds it to its own roots by itself).
 * `SSL_CLIENT_CERT` is a PEM file with the client's certificate and key. Throws `tls`.
 */
export const certificatesFrom = (env: Env): Certificates => {
  const bundle = firstSet(env, ['SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE']);
  const extra = firstSet(env, ['NODE_EXTRA_CA_CERTS']);
  const client = firstSet(env, ['SSL_CLIENT_CERT']);
  const roots = bundle === undefined ? [] : [bundle, ...(extra === undefined ? [] : [extra])];
  const identity = client === undefined ? undefined : readPem(...client);
  return {
    ...(roots.length === 0 ? {} : { ca: roots.map((root) => readPem(...root)) }),
    ...(identity === undefined ? {} : { cert: identity, key: identity }),
  };
};
