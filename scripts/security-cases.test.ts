import { expect, it } from 'vitest';
import { casesDocument, casesIn, findCases } from './security-cases.ts';

it('finds ids where names of tests begin, and nowhere else', () => {
  const text = `
    it('OA05 OA06: two cases', () => {}); it(\`CS21 \${x}\`, () => {});
    it.each([['GW05 a row', 1]])('N11 AK05 %s', () => {});
    // LF01 is a comment; 'see LF02 for more'
    const id = 'AD12';`;
  expect([...casesIn(text)].toSorted()).toEqual(['AK05', 'CS21', 'GW05', 'OA05', 'OA06']);
});

it('takes tests and contracts only, and says why a case is missing', () => {
  const text = `it('CS01 x', () => {});`;
  const found = findCases([
    { path: 'packages/client/src/a.test.ts', text },
    { path: 'packages/testkit/src/contracts/a.ts', text },
    { path: 'packages/client/src/a.ts', text },
  ]);
  expect(found.get('CS01')).toEqual(['packages/client/src/a.test.ts', 'packages/testkit/src/contracts/a.ts']);
  const document = casesDocument(found);
  expect(document).toContain('| CS01 | [packages/client/src/a.test.ts](../packages/client/src/a.test.ts)');
  expect(document).toContain('| OA38 |  | there is no second factor yet |');
  expect(document).toContain('| CS02 |  | **no test** |');
});
