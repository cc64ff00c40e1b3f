import { temporaryDirectory } from '@pkgauth/testkit';
import { type Demo, startDemo } from '../support/demo.ts';
import { movedClock } from '../support/moved-clock.ts';

const day = 24 * 60 * 60 * 1000;

/** Why a request is refused: the user and password that are sent, and the view that they are sent for. */
export type Refusal = { username: string; password: string; view: string };

export const reasons = [
  'no credential',
  'mistyped key',
  'expired key',
  'expired token',
  'revoked key',
  'another organization',
  'absent view',
  'view that is not granted',
  'ended subscription',
] as const;
export type Reason = (typeof reasons)[number];

export type Refusals = AsyncDisposable & { demo: Demo; of: Record<Reason, Refusal> };

/** One service in which every one of the reasons holds. */
export async function prepareRefusals(): Promise<Refusals> {
  const directory = temporaryDirectory();
  const clock = movedClock(directory.path);
  const demo = await startDemo({ env: clock.env });
  const { service, key: expiredKey } = demo;
  const expiredToken = await exchange(service.url, expiredKey);
  clock.setAhead(8 * day);
  const good = await service.apiKey();
  const withPassword = (password: string, view = 'acme/main'): Refusal => ({
    username: '__token__',
    password,
    view,
  });
  return {
    demo,
    of: {
      'no credential': { username: '', password: '', view: 'acme/main' },
      'mistyped key': withPassword(good.slice(0, -1)),
      'expired key': withPassword(expiredKey),
      'expired token': withPassword(expiredToken),
      'revoked key': withPassword(await service.revokedKey()),
      'another organization': withPassword(good, 'other/main'),
      'absent view': withPassword(good, 'acme/absent'),
      'view that is not granted': withPassword(await keyOfMachine(demo)),
      'ended subscription': withPassword(await lapsedKey(demo), 'lapsed/main'),
    },
    async [Symbol.asyncDispose]() {
      await demo[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}

async function exchange(url: string, key: string): Promise<string> {
  const headers = { authorization: `Bearer ${key}` };
  const answer = await fetch(`${url}/auth/cli/access-token`, { method: 'POST', headers });
  return ((await answer.json()) as { access_token: string }).access_token;
}

/** The key of a service account that may read another view than the default one. */
async function keyOfMachine({ service }: Demo): Promise<string> {
  await service.admin(['view', 'add', 'acme/side', '--registries', 'pypi']);
  await service.admin(['service-account', 'add', 'acme/robot', '--views', 'side']);
  const words = ['api-key', 'add', '--service-account', 'robot', '--org', 'acme', '--validity', '7'];
  return (await service.admin(words))['key'] as string;
}

/** A key of an organization that is beside `acme`, with the same mirror and no subscription any more. */
async function lapsedKey({ service, upstream }: Demo): Promise<string> {
  for (const organization of ['lapsed', 'other']) {
    await service.admin(['org', 'add', organization, '--owner', service.owner.email]);
    const name = `${organization}/pypi`;
    await service.admin(['registry', 'add', name, '--kind', 'pypi', '--upstream', upstream.url]);
    await service.admin(['registry', 'add', `${organization}/packages`, '--kind', 'pypi']);
  }
  const terms = ['--plan', 'team', '--seats', '5', '--ends', '2099-01-01T00:00:00Z'];
  await service.admin(['subscription', 'set', 'lapsed', ...terms]);
  await service.admin(['subscription', 'cancel', 'lapsed']);
  return service.apiKey({ organization: 'lapsed' });
}
