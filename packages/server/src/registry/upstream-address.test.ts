import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import vectors from '../../../../vectors/upstream-address/classes.json' with { type: 'json' };
import {
  type AddressClass,
  classifyAddress,
  classifyHost,
  guardedLookup,
  mayReach,
} from './upstream-address.ts';

describe('addresses that an upstream may lead to', () => {
  it.each(vectors)('GW09 $address is $class', ({ address, class: expected }) => {
    expect(classifyAddress(address)).toBe(expected);
  });

  it('GW09 an IPv4 address is of the same class in each of its IPv6 disguises', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
        const hex = [(a << 8) | b, (c << 8) | d].map((group) => group.toString(16)).join(':');
        const expected = classifyAddress(address);
        for (const disguise of [`::ffff:${address}`, `::ffff:${hex}`, `64:ff9b::${hex}`, `2002:${hex}::1`]) {
          expect(isIPv6(disguise)).toBe(true);
          expect(classifyAddress(disguise), disguise).toBe(expected);
        }
      }),
    );
  });

  it('classifies every IPv6 address, whatever its spelling', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        expect(classifyAddress(address)).toBe(classifyAddress(address.toUpperCase()));
        expect(classifyAddress(address)).toBe(
          classifyAddress(new URL(`http://[${address}]/`).hostname.slice(1, -1)),
        );
      }),
    );
  });

  it.each<[AddressClass, AddressClass[], boolean]>([
    ['public', ['public'], true],
    ['public', ['loopback'], true],
    ['private', ['public'], false],
    ['private', ['loopback'], false],
    ['private', ['private'], true],
    ['loopback', ['public'], false],
    ['loopback', ['private'], false],
    ['loopback', ['loopback'], true],
    ['reserved', ['public', 'private', 'loopback', 'reserved'], false],
  ])('GW09 %s from an upstream at %j: %s', (target, home, expected) => {
    expect(mayReach(target, new Set(home))).toBe(expected);
  });

  it('GW09 a name that leads to one forbidden address among good ones is refused whole', async () => {
    const addresses = [
      { address: '93.184.215.14', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ];
    const ask = (home: AddressClass, all: boolean) =>
      new Promise((done) => {
        const lookup = guardedLookup(
          async () => addresses,
          async () => new Set([home]),
        );
        lookup('files.example.com', { all }, (error, address) => done(error?.name ?? address));
      });
    expect(await ask('public', true)).toBe('ForbiddenAddress');
    expect(await ask('public', false)).toBe('ForbiddenAddress');
    expect(await ask('loopback', true)).toEqual(addresses);
    expect(await ask('loopback', false)).toBe('93.184.215.14');
  });

  it('classifies a host by what it resolves to, and an address without asking', async () => {
    const resolve = async () => [{ address: '10.0.0.1', family: 4 }];
    expect(await classifyHost('index.example.com', resolve)).toEqual(new Set(['private']));
    expect(await classifyHost('[::1]', () => Promise.reject(new Error('not asked')))).toEqual(
      new Set(['loopback']),
    );
  });
});
