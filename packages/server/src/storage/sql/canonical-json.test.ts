import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.ts';

describe('canonical JSON', () => {
  it('sorts the keys of all objects and leaves out what is undefined', () => {
    const value = { b: [3, { z: null, a: undefined, é: 'x', B: true }], a: -0, '': 'é "\u2028' };
    expect(canonicalJson(value)).toBe('{"":"é \\"\u2028","a":0,"b":[3,{"B":true,"z":null,"é":"x"}]}');
    expect(canonicalJson([undefined])).toBe('[null]');
  });

  it('says the same as JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('does not depend on the order of keys, nor on a trip through JSON', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        const reversed = Object.fromEntries(Object.entries(object).reverse());
        expect(canonicalJson(reversed)).toBe(canonicalJson(object));
        expect(canonicalJson(JSON.parse(JSON.stringify(object)))).toBe(canonicalJson(object));
      }),
    );
  });

  it('tells different values apart', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const same = JSON.stringify(a) === JSON.stringify(b);
        if (canonicalJson(a) === canonicalJson(b))
          expect(JSON.parse(JSON.stringify(a))).toEqual(JSON.parse(JSON.stringify(b)));
        else expect(same).toBe(false);
      }),
    );
  });
});
