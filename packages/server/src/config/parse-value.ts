import { BlockList, isIP } from 'node:net';
import { resolve } from 'node:path';
import type { Field } from './fields.ts';
import { checkSecret } from './secret-strength.ts';

export type ParsedValue =
  | { ok: true; value: string | number | readonly string[] }
  | { ok: false; problem: string };

const good = (value: string | number | readonly string[]): ParsedValue => ({ ok: true, value });
const bad = (problem: string): ParsedValue => ({ ok: false, problem });

/** Reads one setting. Relative paths are taken from `base`. A problem never repeats the value of a secret. */
export function parseValue(field: Field, text: string, base: string): ParsedValue {
  switch (field.kind) {
    case 'text':
      return good(text);
    case 'path':
      return good(resolve(base, text));
    case 'port':
      return parseInteger(text, [0, 65535]);
    case 'integer':
      return parseInteger(text, field.range ?? [0, Number.MAX_SAFE_INTEGER]);
    case 'choice':
      return (field.choices ?? []).includes(text)
        ? good(text)
        : bad(`must be one of ${(field.choices ?? []).join(', ')}`);
    case 'networks':
      return parseNetworks(text);
    case 'origin':
      return parseOrigin(text);
    case 'url':
      return URL.canParse(text) ? good(text) : bad('is not a URL');
    case 'secret': {
      const check = checkSecret(text);
      return check.ok ? good(text.trim()) : bad(check.problem);
    }
  }
}

function parseInteger(text: string, [least, most]: readonly [number, number]): ParsedValue {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  return value >= least && value <= most
    ? good(value)
    : bad(`must be a whole number from ${least} to ${most}`);
}

function parseNetworks(text: string): ParsedValue {
  const entries = text.split(',').map((entry) => entry.trim());
  const networks = entries.filter((entry) => entry !== '');
  const wrong = networks.find((network) => !addNetwork(new BlockList(), network));
  return wrong === undefined
    ? good(networks)
    : bad(`"${wrong}" is neither an IP address nor a network such as 10.0.0.0/8`);
}

/** Adds an address or CIDR network to a list; false when it is neither. */
export function addNetwork(list: BlockList, network: string): boolean {
  const [address = '', prefix, ...rest] = network.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  if (prefix === undefined) {
    list.addAddress(address, family);
    return true;
  }
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > (version === 4 ? 32 : 128)) return false;
  list.addSubnet(address, Number(prefix), family);
  return true;
}

function parseOrigin(text: string): ParsedValue {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    return bad('must be an https:// URL');
  if (
    url.pathname !== '/' ||
    url.search !== '' ||
    url.hash !== '' ||
    url.username !== '' ||
    url.password !== ''
  ) {
    return bad(
      'must be an origin only: no path, query or user, since uv asks for its doors at the root of the host',
    );
  }
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) {
    return bad('must be https:// (http:// is for loopback addresses only)');
  }
  return good(url.origin);
}

/** Whether a host name or address, as written in a URL or to listen on, can only mean this machine. */
export function isLoopbackHost(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}
