/** One setting: the variables that hold it (first one set wins), the option that lays over them, and what it is for. */
export type Field = {
  readonly variables: readonly [string, ...string[]];
  readonly option?: string;
  readonly default?: string;
  readonly secret?: true;
  readonly doc: string;
};

/** Every setting of the client. Help and docs/configuration.md derive from it. */
export const fields = {
  store: {
    variables: ['PKGAUTH_STORE'],
    option: '--store',
    doc: 'The one store to read, besides the environment, and to write: `os-keyring`, `pkgauth-file`, `pyx-tokens`, `uv-text` or `netrc`. Default: all are read, in this order, and the first of the first two that works is written.',
  },
  credentialsFile: {
    variables: ['PKGAUTH_CREDENTIALS_FILE'],
    default: 'credentials.json in the platform data directory of pkgauth',
    doc: 'File of the store `pkgauth-file`. What belongs to it (locks, cached access tokens) stands beside it.',
  },
  serviceUrl: {
    variables: ['PKGAUTH_URL', 'PYX_API_URL'],
    doc: 'The service that tokens and keys in variables belong to.',
  },
  accessToken: {
    variables: ['PKGAUTH_TOKEN', 'PYX_AUTH_TOKEN', 'UV_AUTH_TOKEN'],
    secret: true,
    doc: 'A token for the service, sent as it is, or an API key of ours, exchanged; above everything that is stored.',
  },
  apiKey: {
    variables: ['PYX_API_KEY', 'UV_API_KEY'],
    secret: true,
    doc: 'An API key for the service, exchanged for access tokens.',
  },
  insecureHosts: {
    variables: ['PKGAUTH_INSECURE_HOST'],
    option: '--insecure',
    doc: 'Hosts (`host` or `host:port`, separated by commas) to which credentials may travel over plain http.',
  },
  netrcFile: {
    variables: ['NETRC'],
    default: '~/.netrc (~/_netrc on Windows)',
    doc: 'File of the store `netrc`.',
  },
  uvDirectory: {
    variables: ['UV_CREDENTIALS_DIR'],
    default: 'uv/credentials in the platform data directory',
    doc: 'Directory of the store `uv-text`, as uv itself reads it.',
  },
  pyxDirectory: {
    variables: ['PYX_CREDENTIALS_DIR'],
    default: 'pyx/credentials in the platform data directory',
    doc: 'Root of the store `pyx-tokens`, as uv 0.8.15 to 0.12.6 itself reads it.',
  },
} as const satisfies Record<string, Field>;

export type FieldName = keyof typeof fields;
