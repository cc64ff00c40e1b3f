import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import vectors from '../../../../../vectors/authorization-header/accepted-places.json' with { type: 'json' };
import { readAuthorization } from './authorization-header.ts';

describe('Authorization headers', () => {
  it.each(vectors)('AK10 $why: $kind', ({ header, kind }) => {
    expect(readAuthorization(header).kind).toBe(kind);
  });

  it('OA33 any text has an answer, and a refusal never repeats it', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.base64String());
    fc.assert(
      fc.property(fc.constantFrom('', 'Bearer ', 'Basic '), text, (scheme, value) => {
        const presented = readAuthorization(scheme + value);
        if (presented.kind === 'malformed' && value.length > 8)
          expect(presented.message).not.toContain(value);
        expect(['malformed', 'access-token', 'api-key']).toContain(presented.kind);
      }),
    );
  });
});
