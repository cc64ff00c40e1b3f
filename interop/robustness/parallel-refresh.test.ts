import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase, describeWith } from '@pkgauth/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deviceLogin, FormBrowser, pyxLogin, type Tokens } from '../support/forms.ts';
import { type Service, startService } from '../support/service.ts';

/** How often each race is run; 20 for the full proof. */
const rounds = Number(process.env.PKGAUTH_REFRESH_ROUNDS ?? 3);
const callers = 50;
/** Seconds for which a rotated token still answers; short, so that reuse can be met. */
const grace = 1;
const time = 60_000 + rounds * 10_000;

type Answer = { status: number; body: Partial<Tokens> & { error?: string; code?: string } };

const doors = {
  pyx: {
    login: pyxLogin,
    refresh: (origin: string, token: string) =>
      post(`${origin}/auth/cli/refresh`, JSON.stringify({ refresh_token: token })),
    refused: 401,
  },
  oauth: {
    login: deviceLogin,
    refresh: (origin: string, token: string) =>
      post(
        `${origin}/oauth2/token`,
        new URLSearchParams({
          client_id: 'pkgauth',
          grant_type: 'refresh_token',
          refresh_token: token,
        }),
      ),
    refused: 400,
  },
} as const;

async function post(url: string, body: string | URLSearchParams): Promise<Answer> {
  const response = await fetch(url, { method: 'POST', body });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

function parallelRefresh(start: () => Promise<Service>): void {
  let service: Service;
  let browser: FormBrowser;
  beforeAll(async () => {
    service = await start();
    browser = new FormBrowser(service.url);
    await browser.signIn(service.owner);
  });
  afterAll(() => service?.[Symbol.asyncDispose]());

  const whoami = async (token = '') =>
    (await fetch(`${service.url}/api/v1/whoami`, { headers: { authorization: `Bearer ${token}` } })).status;

  describe.each(Object.keys(doors) as (keyof typeof doors)[])('at the %s door', (name) => {
    const { login, refresh, refused } = doors[name];

    it(`OA11 ${callers} at once with one token: all get the same successor, ${rounds} times`, {
      timeout: time,
    }, async () => {
      for (let round = 0; round < rounds; round++) {
        const { refresh_token: token } = await login(service.url, browser);
        const answers = await Promise.all(Array.from({ length: callers }, () => refresh(service.url, token)));
        expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
        expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(1);
        expect(new Set(answers.map(({ body }) => body.access_token)).size).toBe(1);
        const [{ body }] = answers as [Answer];
        expect(body.refresh_token).not.toBe(token);
        const next = await refresh(service.url, body.refresh_token ?? '');
        expect(next.status).toBe(200);
        expect(await whoami(next.body.access_token)).toBe(200);
      }
    });

    it('OA12 an answer that was lost can be asked for again, however late', async () => {
      const { refresh_token: token } = await login(service.url, browser);
      const first = await refresh(service.url, token);
      await sleep(grace * 1000 + 500);
      const again = await refresh(service.url, token);
      expect(again).toMatchObject({ status: 200, body: { refresh_token: first.body.refresh_token } });
    });

    it('OA13 late reuse ends that login, its access tokens included, and no other', async () => {
      const victim = await login(service.url, browser);
      const bystander = await login(service.url, browser);
      const second = await refresh(service.url, victim.refresh_token);
      const third = await refresh(service.url, second.body.refresh_token ?? '');
      expect(third.status).toBe(200);
      await sleep(grace * 1000 + 500);
      expect((await refresh(service.url, victim.refresh_token)).status).toBe(refused);
      expect((await refresh(service.url, third.body.refresh_token ?? '')).status).toBe(refused);
      for (const token of [victim.access_token, second.body.access_token, third.body.access_token]) {
        expect(await whoami(token)).toBe(401);
      }
      expect(await whoami(bystander.access_token)).toBe(200);
      expect((await refresh(service.url, bystander.refresh_token)).status).toBe(200);
    });

    it(`OA15 a logout that races ${callers} refreshes leaves no token that works`, {
      timeout: time,
    }, async () => {
      for (let round = 0; round < rounds; round++) {
        const tokens = await login(service.url, browser);
        const racing = Array.from({ length: callers }, () => refresh(service.url, tokens.refresh_token));
        const headers = { authorization: `Bearer ${tokens.access_token}` };
        const loggedOut = await fetch(`${service.url}/auth/cli/logout`, { headers });
        expect(loggedOut.status).toBe(200);
        const answers = await Promise.all(racing);
        for (const { status, body } of answers) {
          expect([200, refused]).toContain(status);
          if (status !== 200) continue;
          expect(await whoami(body.access_token)).toBe(401);
          expect((await refresh(service.url, body.refresh_token ?? '')).status).toBe(refused);
        }
        expect((await refresh(service.url, tokens.refresh_token)).status).toBe(refused);
      }
    });
  });
}

const args = ['--refresh-grace-seconds', String(grace)];

describe('parallel refreshes over SQLite', () => {
  parallelRefresh(() => startService({ args, built: true }));
});

describeWith(['postgres'], 'parallel refreshes over PostgreSQL', () => {
  parallelRefresh(async () => {
    const database = await createDatabase();
    const service = await startService({ args, built: true, env: { PKGAUTH_DATABASE: database.url } });
    return {
      ...service,
      async [Symbol.asyncDispose]() {
        await service[Symbol.asyncDispose]();
        await database[Symbol.asyncDispose]();
      },
    };
  });
});
