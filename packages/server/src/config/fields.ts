/**
 * Every setting of the service, one row each. The reader, `--help` and docs/configuration.md derive from this table.
 */
export type FieldKind =
  | 'path'
  | 'origin'
  | 'url'
  | 'text'
  | 'port'
  | 'integer'
  | 'networks'
  | 'choice'
  | 'secret';

export type Field = {
  /** Command line name without dashes; null where a value must not show in the process list. */
  flag: string | null;
  env: string;
  /** Name in the configuration file. */
  key: string;
  kind: FieldKind;
  /** As it would be typed; null when the field may be absent. */
  default: string | null;
  /** What stands for the value in `--help`. */
  placeholder: string;
  doc: string;
  /** Never printed or logged; may also be given as a file through `<env>_FILE`. */
  secret: boolean;
  choices?: readonly string[];
  range?: readonly [number, number];
};

export const fields = {
  data: {
    flag: 'data',
    env: 'PKGAUTH_DATA',
    key: 'data',
    kind: 'path',
    default: '.pkgauth-data',
    placeholder: 'DIR',
    doc: 'Directory for the embedded database, the key file, packages and caches. Made when absent.',
    secret: false,
  },
  port: {
    flag: 'port',
    env: 'PKGAUTH_PORT',
    key: 'port',
    kind: 'port',
    default: '8585',
    placeholder: 'N',
    doc: 'TCP port to listen on; 0 takes any free one.',
    secret: false,
  },
  host: {
    flag: 'host',
    env: 'PKGAUTH_HOST',
    key: 'host',
    kind: 'text',
    default: '127.0.0.1',
    placeholder: 'ADDRESS',
    doc: 'Address to listen on. Any other than a loopback address needs `public-url`.',
    secret: false,
  },
  publicUrl: {
    flag: 'public-url',
    env: 'PKGAUTH_PUBLIC_URL',
    key: 'public-url',
    kind: 'origin',
    default: null,
    placeholder: 'URL',
    doc: 'Origin under which clients reach the service, without a path; also the issuer of its tokens. https, or http on a loopback address. Default: made of `host` and `port`.',
    secret: false,
  },
  database: {
    flag: 'database',
    env: 'PKGAUTH_DATABASE',
    key: 'database',
    kind: 'url',
    default: null,
    placeholder: 'URL',
    doc: '`postgres://…` or `sqlite://…`. Default: SQLite in the data directory. On a command line a password in the URL shows in the process list; use the variable or its `_FILE` form.',
    secret: true,
  },
  tls: {
    flag: 'tls',
    env: 'PKGAUTH_TLS',
    key: 'tls',
    kind: 'choice',
    default: null,
    placeholder: 'local',
    doc: 'Reserved for a certificate from a private authority; not available in this version.',
    secret: false,
    choices: ['local'],
  },
  tlsCert: {
    flag: 'tls-cert',
    env: 'PKGAUTH_TLS_CERT',
    key: 'tls-cert',
    kind: 'path',
    default: null,
    placeholder: 'FILE',
    doc: 'Certificate chain (PEM). With `tls-key`, the service speaks HTTPS itself.',
    secret: false,
  },
  tlsKey: {
    flag: 'tls-key',
    env: 'PKGAUTH_TLS_KEY',
    key: 'tls-key',
    kind: 'path',
    default: null,
    placeholder: 'FILE',
    doc: 'Private key (PEM) of the certificate.',
    secret: false,
  },
  config: {
    flag: 'config',
    env: 'PKGAUTH_CONFIG',
    key: 'config',
    kind: 'path',
    default: null,
    placeholder: 'FILE',
    doc: 'Configuration file: one JSON object with the names of this table. Paths in it are relative to the file.',
    secret: false,
  },
  secret: {
    flag: null,
    env: 'PKGAUTH_SECRET',
    key: 'secret',
    kind: 'secret',
    default: null,
    placeholder: '32 BYTES',
    doc: 'The key that seals what the service keeps sealed: 32 random bytes as base64 or hex (`openssl rand -base64 32`). Default: `secret.key` in the data directory, made at the first start.',
    secret: true,
  },
  pypiUpstream: {
    flag: null,
    env: 'PKGAUTH_PYPI_UPSTREAM',
    key: 'pypi-upstream',
    kind: 'url',
    default: null,
    placeholder: 'URL',
    doc: 'Simple index that `pkgauth-server admin setup` puts a mirror in front of. A user and password in it are kept sealed.',
    secret: true,
  },
  trustedProxies: {
    flag: 'trusted-proxies',
    env: 'PKGAUTH_TRUSTED_PROXIES',
    key: 'trusted-proxies',
    kind: 'networks',
    default: '',
    placeholder: 'LIST',
    doc: 'Addresses or networks (CIDR), separated by commas, whose `X-Forwarded-For` is believed. Nobody else’s is.',
    secret: false,
  },
  refreshGraceSeconds: {
    flag: 'refresh-grace-seconds',
    env: 'PKGAUTH_REFRESH_GRACE_SECONDS',
    key: 'refresh-grace-seconds',
    kind: 'integer',
    default: '60',
    placeholder: 'N',
    doc: 'For how long a rotated refresh token still answers with its successor. 0 breaks clients that refresh in parallel.',
    secret: false,
    range: [0, 300],
  },
  uploadLimitMib: {
    flag: 'upload-limit-mib',
    env: 'PKGAUTH_UPLOAD_LIMIT_MIB',
    key: 'upload-limit-mib',
    kind: 'integer',
    default: '2048',
    placeholder: 'N',
    doc: 'Largest file that may be uploaded, in MiB.',
    secret: false,
    range: [1, 1024 * 1024],
  },
  logLevel: {
    flag: 'log-level',
    env: 'PKGAUTH_LOG_LEVEL',
    key: 'log-level',
    kind: 'choice',
    default: 'info',
    placeholder: 'LEVEL',
    doc: 'What is logged on stderr, one JSON object per line.',
    secret: false,
    choices: ['silent', 'error', 'warn', 'info', 'debug'],
  },
} as const satisfies Record<string, Field>;

export type Fields = typeof fields;
export type FieldName = keyof Fields;
export const fieldNames = Object.keys(fields) as FieldName[];

type ValueOf<F extends Field> = F['kind'] extends 'port' | 'integer'
  ? number
  : F['kind'] extends 'networks'
    ? readonly string[]
    : F extends { choices: readonly (infer C)[] }
      ? C
      : string;

/** Paths are absolute; `null` in `default` makes a field that may be absent. */
export type Settings = {
  readonly [N in FieldName]: Fields[N]['default'] extends null
    ? ValueOf<Fields[N]> | undefined
    : ValueOf<Fields[N]>;
};
