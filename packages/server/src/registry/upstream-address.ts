import { type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, isIPv6 } from 'node:net';

/**
 * Which addresses an upstream may make the service connect to (GW09). An index page is written by somebody else: its
 * file addresses must not reach into the network that the service stands in. Where the upstream itself is, whoever
 * configured it has decided; its files may be at addresses of the same class.
 *
 * `reserved` is what no package is ever served from: link-local (cloud metadata services), multicast, unspecified.
 */
export type AddressClass = 'public' | 'private' | 'loopback' | 'reserved';

const ranges = {
  loopback: ['127.0.0.0/8', '::1/128'],
  private: [
    ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '198.18.0.0/15', 'fc00::/7'],
    // For documentation; closed networks do route them, also to their package mirrors.
    ...['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24'],
  ],
  reserved: [
    ...['0.0.0.0/8', '169.254.0.0/16', '192.0.0.0/24'],
    ...[
      '224.0.0.0/4',
      '240.0.0.0/4',
      '::/96',
      'fe80::/10',
      'fec0::/10',
      'ff00::/8',
      '100::/64',
      '2001:db8::/32',
    ],
  ],
} as const satisfies Record<Exclude<AddressClass, 'public'>, readonly string[]>;

const lists = Object.entries(ranges).map(([kind, networks]) => {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', length] = network.split('/');
    list.addSubnet(address, Number(length), isIPv6(address) ? 'ipv6' : 'ipv4');
  }
  return [kind as AddressClass, list] as const;
});

/** @param address an IPv4 or IPv6 address in any textual form. */
export function classifyAddress(address: string): AddressClass {
  const inner = embeddedIPv4(address);
  if (inner !== undefined) return classifyAddress(inner);
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  return lists.find(([, list]) => list.check(address, family))?.[0] ?? 'public';
}

/** IPv4-mapped (RFC 4291), NAT64 (RFC 6052) and 6to4 (RFC 3056) addresses lead to the IPv4 address inside them. */
function embeddedIPv4(address: string): string | undefined {
  if (!isIPv6(address)) return undefined;
  const groups = expandIPv6(address);
  const prefix = groups
    .slice(0, 6)
    .map((group) => group.toString(16))
    .join(':');
  const isTail = prefix === '0:0:0:0:0:ffff' || prefix === '64:ff9b:0:0:0:0';
  const [high, low] = isTail ? groups.slice(6) : groups[0] === 0x2002 ? groups.slice(1, 3) : [];
  if (high === undefined || low === undefined) return undefined;
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}

function expandIPv6(address: string): number[] {
  // The URL standard's serialiser brings every spelling (dotted tail, upper case) to one.
  const [bare = ''] = address.split('%');
  const canonical = new URL(`http://[${bare}]/`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const parse = (text: string) =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  if (tail === undefined) return parse(head);
  const [first, last] = [parse(head), parse(tail)];
  return [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last];
}

/** Whether a host at an address of class `target` may be asked on behalf of an upstream whose addresses are `home`. */
export function mayReach(target: AddressClass, home: ReadonlySet<AddressClass>): boolean {
  return target === 'public' || (target !== 'reserved' && home.has(target));
}

/** `dns.lookup` with `all: true`. */
export type Resolve = (hostname: string) => Promise<LookupAddress[]>;

export const resolveHost: Resolve = (hostname) =>
  new Promise((done, failed) => {
    systemLookup(hostname, { all: true }, (error, addresses) =>
      error === null ? done(addresses) : failed(error),
    );
  });

/** @param hostname as in `URL.hostname`, an IPv6 address in brackets. */
export async function classifyHost(hostname: string, resolve: Resolve): Promise<Set<AddressClass>> {
  const bare = bareHost(hostname);
  const addresses = isIP(bare) === 0 ? (await resolve(bare)).map(({ address }) => address) : [bare];
  return new Set(addresses.map(classifyAddress));
}

export function bareHost(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

export class ForbiddenAddress extends Error {
  constructor(hostname: string) {
    super(`${hostname} is an address that an upstream may not send the service to`);
    this.name = 'ForbiddenAddress';
  }
}

type LookupCallback = (error: Error | null, address?: string | LookupAddress[], family?: number) => void;

/**
 * A `lookup` for `net.connect` that yields only addresses `home()` may reach. The check is on the very addresses that
 * are then connected to, so that a name cannot mean one thing to the check and another to the connection.
 */
export function guardedLookup(resolve: Resolve, home: () => Promise<ReadonlySet<AddressClass>>) {
  return (hostname: string, options: LookupOptions, callback: LookupCallback): void => {
    const work = async () => {
      const [addresses, reachable] = await Promise.all([resolve(hostname), home()]);
      const allowed = addresses.filter(({ address }) => mayReach(classifyAddress(address), reachable));
      if (allowed.length < addresses.length || allowed[0] === undefined) throw new ForbiddenAddress(hostname);
      return { allowed, first: allowed[0] };
    };
    work().then(
      ({ allowed, first }) =>
        options.all ? callback(null, allowed) : callback(null, first.address, first.family),
      (error: Error) => callback(error),
    );
  };
}
