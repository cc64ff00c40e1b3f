import { isLoopback } from '@pkgauth/protocol';

/** A proxy from the environment; user name and password are empty when it has none. */
export type ProxyServer = {
  readonly kind: 'http' | 'https' | 'socks5';
  readonly hostname: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
};

type Env = Readonly<Record<string, string | undefined>>;

const defaultPorts: Record<string, { kind: ProxyServer['kind']; port: number }> = {
  'http:': { kind: 'http', port: 80 },
  'https:': { kind: 'https', port: 443 },
  'socks5:': { kind: 'socks5', port: 1080 },
  'socks5h:': { kind: 'socks5', port: 1080 },
  'socks:': { kind: 'socks5', port: 1080 },
};

const firstSet = (env: Env, names: readonly string[]): string | undefined =>
  names.map((name) => env[name]).find((value) => value !== undefined && value !== '');

const proxyVariable = (env: Env, protocol: string): string | undefined => {
  if (protocol === 'https:') return firstSet(env, ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY']);
  // A CGI server sets HTTP_PROXY from the request header "Proxy": there only the lower-case name is the operator's.
  const upper = env.REQUEST_METHOD === undefined ? ['HTTP_PROXY'] : [];
  return firstSet(env, ['http_proxy', ...upper, 'all_proxy', 'ALL_PROXY']);
};

const withoutBrackets = (host: string): string => host.replace(/^\[(.*)\]$/, '$1');

const exempts = (entry: string, host: string, port: string): boolean => {
  if (entry === '*') return true;
  const [, name = '', wantedPort] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
  const isAddress = name.startsWith('[') || !name.includes(':');
  if (isAddress && wantedPort !== undefined && wantedPort !== port) return false;
  const suffix = withoutBrackets(isAddress ? name : entry).replace(/^\*?\./, '');
  return suffix !== '' && (host === suffix || host.endsWith(`.${suffix}`));
};

const isExempt = (env: Env, url: URL): boolean => {
  const list = firstSet(env, ['no_proxy', 'NO_PROXY']) ?? '';
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  const host = withoutBrackets(url.hostname);
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => exempts(entry, host, port));
};

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/**
 * The proxy for a request, from `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` (lower case first, as curl). Loopback
 * never goes through one. `'invalid'` when the variable is not a proxy's URL.
 */
export const proxyFor = (url: URL, env: Env): ProxyServer | 'invalid' | undefined => {
  if (isLoopback(url.href)) return undefined;
  const value = proxyVariable(env, url.protocol);
  if (value === undefined || isExempt(env, url)) return undefined;
  const text = value.includes('://') ? value : `http://${value}`;
  const parsed = URL.parse(text);
  const row = parsed === null ? undefined : defaultPorts[parsed.protocol];
  if (parsed === null || row === undefined || parsed.hostname === '') return 'invalid';
  return {
    kind: row.kind,
    hostname: withoutBrackets(parsed.hostname),
    port: parsed.port === '' ? row.port : Number(parsed.port),
    username: decode(parsed.username),
    password: decode(parsed.password),
  };
};
