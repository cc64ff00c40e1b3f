import { Secret } from '@pkgauth/protocol';
import { fakeContext } from '@pkgauth/testkit';
import { expect, it } from 'vitest';
import { probeIndex } from './probe.ts';

const credential = { kind: 'basic', username: 'ada', password: new Secret('pw') } as const;

const probe = async (anonymous: number, identified: number) => {
  const context = fakeContext({
    respond: ({ headers }) => ({ status: headers?.Authorization === undefined ? anonymous : identified }),
  });
  return { verdict: await probeIndex(context, 'https://h.example.com/simple', credential), context };
};

it.each([
  [401, 200, 'accepted'],
  [401, 302, 'accepted'],
  [401, 404, 'accepted'],
  [401, 405, 'accepted'],
  [403, 200, 'accepted'],
  [404, 200, 'accepted'],
  [401, 401, 'refused'],
  [401, 403, 'refused'],
  [403, 401, 'refused'],
  [200, 200, 'unknown'],
  [302, 401, 'unknown'],
  [404, 404, 'unknown'],
  [403, 403, 'unknown'],
])('%i without and %i with the credential: %s', async (anonymous, identified, kind) => {
  expect((await probe(anonymous, identified)).verdict.kind).toBe(kind);
});

it('asks below the path, by HEAD, and sends the credential only in its header', async () => {
  const { context } = await probe(401, 200);
  expect(context.requests).toEqual([
    { method: 'HEAD', url: 'https://h.example.com/simple/', headers: {} },
    {
      method: 'HEAD',
      url: 'https://h.example.com/simple/',
      headers: { Authorization: `Basic ${btoa('ada:pw')}` },
    },
  ]);
});

it('never sends the credential to a host that does not ask for one', async () => {
  const { context } = await probe(200, 200);
  expect(context.requests).toHaveLength(1);
});

it('a broken server is no verdict', async () => {
  await expect(probe(401, 503)).rejects.toMatchObject({ code: 'network' });
  await expect(probe(500, 200)).rejects.toMatchObject({ code: 'network' });
});
