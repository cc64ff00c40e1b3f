import { BlockList, isIP } from 'node:net';
import { addNetwork } from '../config/index.ts';

/** Address of the peer of a connection and what the request claims about the way that it came. */
export type AddressClaim = { peer: string | undefined; forwardedFor: string | string[] | undefined };

/**
 * Who really asks: the peer, or, if that is one of the trusted proxies, the last address of `X-Forwarded-For` that
 * is not one. No other header is looked at, and nobody else's header is believed (GW02).
 */
export function createClientAddress(trustedProxies: readonly string[]): (claim: AddressClaim) => string {
  const trusted = new BlockList();
  for (const network of trustedProxies) addNetwork(trusted, network);
  const isTrusted = (address: string): boolean => {
    const family = isIP(address);
    return family !== 0 && trusted.check(address, family === 4 ? 'ipv4' : 'ipv6');
  };
  return ({ peer, forwardedFor }) => {
    let address = plainAddress(peer ?? '') ?? 'unknown';
    if (trustedProxies.length === 0 || forwardedFor === undefined) return address;
    const hops = [forwardedFor].flat().join(',').split(',').reverse();
    for (const hop of hops) {
      if (!isTrusted(address)) return address;
      const claimed = plainAddress(hop.trim());
      // A proxy that writes nonsense is as far as anything can be known.
      if (claimed === undefined) return address;
      address = claimed;
    }
    return address;
  };
}

/** An IP address without port, brackets, zone or IPv4-mapped form; undefined when it is none. */
function plainAddress(text: string): string | undefined {
  const bare = text
    .replace(/^\[([^\]]*)\](?::\d+)?$/, '$1')
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
    .replace(/%.*$/, '');
  const unmapped = bare.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
  return isIP(unmapped) === 0 ? undefined : unmapped.toLowerCase();
}
