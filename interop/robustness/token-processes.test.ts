import { cleanEnvironment, type ProcessResult, run, temporaryDirectory } from '@pkgauth/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtClient, storeExpiredLogin } from '../support/client.ts';
import { queryDatabase } from '../support/database.ts';
import { FormBrowser, pyxLogin } from '../support/forms.ts';
import { type Service, startService } from '../support/service.ts';

/** How many processes find the same expired token; 300 for the full proof. */
const processes = Number(process.env.PKGAUTH_TOKEN_PROCESSES ?? 60);
const time = 60_000 + processes * 1_000;

/** Many processes of the shipped command line meet one login whose access token has ended. */
describe('processes at the end of an access token', () => {
  let service: Service;
  let browser: FormBrowser;

  beforeAll(async () => {
    service = await startService({ built: true });
    browser = new FormBrowser(service.url);
    await browser.signIn(service.owner);
  });
  afterAll(() => service?.[Symbol.asyncDispose]());

  const refreshes = () => service.log().match(/"path":"\/auth\/cli\/refresh","status":200/g)?.length ?? 0;

  async function race(command: readonly string[]): Promise<{ results: ProcessResult[]; posts: number }> {
    using home = temporaryDirectory();
    const tokens = await pyxLogin(service.url, browser);
    storeExpiredLogin(home.path, service.url, tokens);
    const before = refreshes();
    const env = { ...cleanEnvironment(home.path), PKGAUTH_STORE: 'pkgauth-file' };
    const results = await Promise.all(
      Array.from({ length: processes }, () =>
        run(process.execPath, [builtClient(), ...command], { env, cwd: home.path, timeout: time }),
      ),
    );
    await expect.poll(refreshes).toBeGreaterThan(before);
    const [family] = queryDatabase(
      service.data,
      `select count(*) as members, count(distinct case when rotated_at is null then hash end) as current
       from refresh_tokens where session_id = (select id from login_sessions order by created_at desc limit 1)`,
    );
    expect(family).toEqual({ members: 2, current: 1 });
    return { results, posts: refreshes() - before };
  }

  async function expectOneRefresh({ results, posts }: Awaited<ReturnType<typeof race>>): Promise<void> {
    const failed = results.filter(({ code }) => code !== 0);
    expect(failed.map(({ code, stderr }) => `${code}: ${stderr}`)).toEqual([]);
    const answers = new Set(results.map(({ stdout }) => stdout.trim()));
    expect(answers.size).toBe(1);
    const [token = ''] = answers;
    const answer = await fetch(`${service.url}/api/v1/whoami`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(answer.status).toBe(200);
    expect(posts).toBe(1);
  }

  it(`LF22 N02 ${processes} × pkgauth token: as many successes, one refresh`, { timeout: time }, async () => {
    await expectOneRefresh(await race(['token', service.url]));
  });

  it(`HP08 ${processes} × the keyring stand-in: as many answers, one refresh`, {
    timeout: time,
  }, async () => {
    await expectOneRefresh(
      await race(['helper', 'keyring', 'get', `${service.url}/simple/acme/main/`, '__token__']),
    );
  });
});
