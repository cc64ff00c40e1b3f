import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createDatabase, describeWith, freePort, makeWheel, temporaryDirectory } from '@pkgauth/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deviceLogin, FormBrowser, pyxLogin, type Tokens } from '../support/forms.ts';
import { type ServiceNode, startNode } from '../support/node.ts';
import { type Service, startService } from '../support/service.ts';
import { upload } from '../support/upload.ts';

/** Milliseconds until a change of another process must be in force; the promise is 2000, on a quiet machine. */
const limit = Number(process.env.PKGAUTH_REVOCATION_LIMIT ?? 10_000);
const password = 'correct horse battery staple';

const ask = async (url: string, credential: string): Promise<number> =>
  (await fetch(url, { headers: { authorization: `Bearer ${credential}` } })).status;
const refresh = async (url: string, token: string): Promise<number> =>
  (
    await fetch(`${url}/auth/cli/refresh`, {
      method: 'POST',
      body: JSON.stringify({ refresh_token: token }),
    })
  ).status;
const exchange = async (url: string, key: string): Promise<number> =>
  (
    await fetch(`${url}/auth/cli/access-token`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
    })
  ).status;

const wheel = makeWheel({ name: 'guarded', version: '1.0' });
const places = [
  '/api/v1/whoami',
  '/simple/acme/main/guarded/',
  `/simple/acme/main/guarded/${wheel.filename}`,
];

/** What a credential is answered at every kind of place: account, page, file, upload. */
async function everywhere(url: string, credential: string): Promise<number[]> {
  const reads = await Promise.all(places.map((place) => ask(url + place, credential)));
  return [...reads, (await upload(url, `Bearer ${credential}`, wheel)).status];
}
const welcome = [200, 200, 200, 200];
const refused = [401, 401, 401, 401];

async function addMember(node: Pick<ServiceNode, 'admin'>, email: string): Promise<void> {
  await node.admin(['user', 'add', email, '--password-stdin'], password);
  await node.admin(['member', 'add', 'acme', email]);
}

/** Waits until a change made by another process is in force. */
async function inForce<T>(read: () => Promise<T>, expected: T): Promise<void> {
  await expect.poll(read, { timeout: limit, interval: 20 }).toEqual(expected);
}

let service: Service;
let browser: FormBrowser;
beforeAll(async () => {
  service = await startService({ built: true });
  browser = new FormBrowser(service.url);
  await browser.signIn(service.owner);
  const { access_token } = await pyxLogin(service.url, browser);
  expect((await upload(service.url, `Bearer ${access_token}`, wheel)).status).toBe(200);
});
afterAll(() => service?.[Symbol.asyncDispose]());

describe('revocation in the process that is asked for it', () => {
  const api = (method: string, path: string, { access_token }: Tokens, body?: unknown) =>
    fetch(`${service.url}/api/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  it('AK05 an API key: the very next request is refused, and so are tokens that were made from it', async () => {
    const login = await pyxLogin(service.url, browser);
    const made = await api('POST', 'api-keys', login, { organization: 'acme', validity_days: 7 });
    const { id, key } = (await made.json()) as { id: string; key: string };
    const exchanged = await fetch(`${service.url}/auth/cli/access-token`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
    });
    const { access_token } = (await exchanged.json()) as Tokens;
    expect(await everywhere(service.url, key)).toEqual(welcome);
    expect(await everywhere(service.url, access_token)).toEqual(welcome);
    expect((await api('DELETE', `api-keys/${id}`, login)).status).toBe(204);
    expect(await everywhere(service.url, key)).toEqual(refused);
    expect(await everywhere(service.url, access_token)).toEqual(refused);
    expect(await exchange(service.url, key)).toBe(401);
  });

  it.each([
    [
      'by logging out as pyx does',
      ({ access_token }: Tokens) =>
        fetch(`${service.url}/auth/cli/logout`, { headers: { authorization: `Bearer ${access_token}` } }),
    ],
    ['by ending it with its own token', (login: Tokens) => api('DELETE', 'session', login)],
    [
      'by revoking its refresh token (RFC 7009)',
      ({ refresh_token }: Tokens) =>
        fetch(`${service.url}/oauth2/revoke`, {
          method: 'POST',
          body: new URLSearchParams({ token: refresh_token, client_id: 'pkgauth' }),
        }),
    ],
    [
      'from another login of the same person',
      async (login: Tokens) => {
        const sessions = await (await api('GET', 'sessions', login)).json();
        const { id } = (sessions as { sessions: { id: string; current: boolean }[] }).sessions.find(
          ({ current }) => current,
        ) ?? { id: '' };
        return api('DELETE', `sessions/${id}`, await pyxLogin(service.url, browser));
      },
    ],
  ])('N12 a login, %s: nothing of it works any more', async (_, end) => {
    const login = await deviceLogin(service.url, browser);
    expect(await everywhere(service.url, login.access_token)).toEqual(welcome);
    expect((await end(login)).ok).toBe(true);
    expect(await everywhere(service.url, login.access_token)).toEqual(refused);
    expect(await refresh(service.url, login.refresh_token)).toBe(401);
  });
});

describe('revocation by pkgauth-server admin beside the running service', () => {
  async function member(email: string) {
    await addMember(service, email);
    const own = new FormBrowser(service.url);
    await own.signIn({ email, password });
    const login = await pyxLogin(service.url, own);
    const key = await service.apiKey({ email });
    expect(await everywhere(service.url, key)).toEqual(welcome);
    expect(await everywhere(service.url, login.access_token)).toEqual(welcome);
    return { browser: own, login, key };
  }

  it('AK05 N11 an API key', async () => {
    const words = ['api-key', 'add', '--user', service.owner.email, '--org', 'acme', '--validity', '7'];
    const { id, key } = (await service.admin(words)) as { id: string; key: string };
    expect(await everywhere(service.url, key)).toEqual(welcome);
    await service.admin(['api-key', 'revoke', id]);
    await inForce(() => everywhere(service.url, key), refused);
  });

  it('N11 every login of a person, and no key', async () => {
    const { login, key } = await member('logins@example.com');
    await service.admin(['session', 'revoke', 'logins@example.com', '--all']);
    await inForce(() => everywhere(service.url, login.access_token), refused);
    expect(await refresh(service.url, login.refresh_token)).toBe(401);
    expect(await everywhere(service.url, key)).toEqual(welcome);
  });

  it('OA19 N11 a disabled person: login, key, refresh, exchange, browser and password', async () => {
    const email = 'disabled@example.com';
    const person = await member(email);
    const { login, key } = person;
    await service.admin(['user', 'disable', email]);
    await inForce(() => everywhere(service.url, login.access_token), refused);
    await inForce(() => everywhere(service.url, key), refused);
    expect(await refresh(service.url, login.refresh_token)).toBe(401);
    expect(await exchange(service.url, key)).toBe(401);
    expect(await person.browser.visit('/')).toContain('name="password"');
    expect(await person.browser.signIn({ email, password })).toContain('do not belong together');
    await service.admin(['user', 'enable', email]);
    // What was ended stays ended.
    expect(await refresh(service.url, login.refresh_token)).toBe(401);
    expect(await ask(`${service.url}/api/v1/whoami`, login.access_token)).toBe(401);
  });

  it('AD05 N11 a removed member: keys are dead, the login sees nothing of the organization', async () => {
    const { login, key } = await member('leaver@example.com');
    await service.admin(['member', 'remove', 'acme', 'leaver@example.com']);
    await inForce(() => everywhere(service.url, login.access_token), [200, 404, 404, 404]);
    await inForce(() => everywhere(service.url, key), refused);
    await service.admin(['member', 'add', 'acme', 'leaver@example.com']);
    await inForce(() => everywhere(service.url, login.access_token), welcome);
    expect(await everywhere(service.url, key)).toEqual(refused);
  });

  it('AD05 N11 a changed role', async () => {
    const email = 'role@example.com';
    const { login } = await member(email);
    const role = async () => {
      const headers = { authorization: `Bearer ${login.access_token}` };
      const answer = await (await fetch(`${service.url}/api/v1/whoami`, { headers })).json();
      return (answer as { organizations: { role: string }[] }).organizations[0]?.role;
    };
    expect(await role()).toBe('member');
    await service.admin(['member', 'add', 'acme', email, '--role', 'admin']);
    await inForce(role, 'admin');
  });

  it('AK12 N11 a cancelled subscription', async () => {
    const key = await service.apiKey();
    const ends = new Date(Date.now() + 86_400_000).toISOString();
    await service.admin(['subscription', 'set', 'acme', '--plan', 'team', '--seats', '3', '--ends', ends]);
    expect(await everywhere(service.url, key)).toEqual(welcome);
    await service.admin(['subscription', 'cancel', 'acme']);
    await inForce(() => everywhere(service.url, key), [200, 402, 402, 402]);
  });
});

describeWith(['postgres'], 'revocation across two nodes on one PostgreSQL', () => {
  let here: Service;
  let there: ServiceNode;
  let close: () => Promise<void>;
  let signedIn: FormBrowser;
  beforeAll(async () => {
    const database = await createDatabase();
    const directory = temporaryDirectory();
    const env = { PKGAUTH_DATABASE: database.url, PKGAUTH_SECRET: randomBytes(32).toString('base64') };
    here = await startService({ env, built: true });
    there = await startNode({
      data: join(directory.path, 'data'),
      port: await freePort(),
      cwd: directory.path,
      args: ['--public-url', here.url],
      env,
      built: true,
    });
    close = async () => {
      await there[Symbol.asyncDispose]();
      await here[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    };
    signedIn = new FormBrowser(here.url);
    await signedIn.signIn(here.owner);
  });
  afterAll(() => close?.());

  const whoami = (credential: string) => () => ask(`${there.url}/api/v1/whoami`, credential);
  const list = (credential: string) => () => ask(`${there.url}/simple/acme/main/`, credential);

  it('N11 a login that was ended on the one is refused by the other', async () => {
    const login = await pyxLogin(here.url, signedIn);
    expect(await whoami(login.access_token)()).toBe(200);
    expect(await list(login.access_token)()).toBe(200);
    const headers = { authorization: `Bearer ${login.access_token}` };
    expect((await fetch(`${here.url}/auth/cli/logout`, { headers })).status).toBe(200);
    await inForce(whoami(login.access_token), 401);
    expect(await list(login.access_token)()).toBe(401);
    expect(await refresh(there.url, login.refresh_token)).toBe(401);
  });

  it('N11 a key that was made on the one works on the other until it is revoked', async () => {
    const { access_token } = await pyxLogin(here.url, signedIn);
    const headers = { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ organization: 'acme', validity_days: 7 });
    const made = await fetch(`${here.url}/api/v1/api-keys`, { method: 'POST', headers, body });
    const { id, key } = (await made.json()) as { id: string; key: string };
    expect(await whoami(key)()).toBe(200);
    expect((await fetch(`${here.url}/api/v1/api-keys/${id}`, { method: 'DELETE', headers })).status).toBe(
      204,
    );
    await inForce(whoami(key), 401);
  });

  it('OA11 one token refreshed on both at once: the same successor', async () => {
    const { refresh_token } = await pyxLogin(here.url, signedIn);
    const body = JSON.stringify({ refresh_token });
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const { url } = index % 2 === 0 ? here : there;
        return (await (await fetch(`${url}/auth/cli/refresh`, { method: 'POST', body })).json()) as Tokens;
      }),
    );
    expect(new Set(answers.map((answer) => answer.refresh_token)).size).toBe(1);
    expect(answers[0]?.refresh_token).toMatch(/^pkr_/);
  });
});
