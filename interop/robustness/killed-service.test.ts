import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FakeDistribution, type FaultyIndex, startFaultyIndex } from '@pkgauth/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { queryDatabase } from '../support/database.ts';
import { FormBrowser, pyxLogin, type Tokens } from '../support/forms.ts';
import { type Service, startService } from '../support/service.ts';
import { type Acknowledged, fetchWhole, startWorkload } from './workload.ts';

/** How often the service is killed; 200 for the full proof. */
const rounds = Number(process.env.PKGAUTH_KILL_ROUNDS ?? 15);

/** The service is killed at some moment of a busy life, and started again as if nothing had been. */
describe('a service that is killed', () => {
  let service: Service;
  let index: FaultyIndex;
  let key: string;
  let browser: FormBrowser;
  beforeAll(async () => {
    index = await startFaultyIndex();
    index.fault = (path) =>
      path.startsWith('/files/') ? { kind: 'paused', after: 200_000, until: sleep(20) } : undefined;
    service = await startService({ upstream: index.url, built: true });
    key = await service.apiKey();
    browser = new FormBrowser(service.url);
    await browser.signIn(service.owner);
  });
  afterAll(async () => {
    await service?.[Symbol.asyncDispose]();
    await index?.close();
  });

  const whoami = async (token: string) =>
    (await fetch(`${service.url}/api/v1/whoami`, { headers: { authorization: `Bearer ${token}` } })).status;

  async function killAmidst(login: Tokens): Promise<Acknowledged> {
    const workload = startWorkload(service, { key, index, browser }, login);
    // Counted in work, not in time, so that a busy machine is killed amidst work as well.
    const enough = 2 + Math.random() * 20;
    while (workload.done() < enough) await sleep(5);
    await sleep(Math.random() * 40);
    await service.stop('SIGKILL');
    await workload.stop();
    return workload.acknowledged;
  }

  async function expectKept({ uploads, mirrored, keys, sessions }: Acknowledged): Promise<void> {
    const authorization = `Bearer ${key}`;
    for (const file of uploads)
      expect(await fetchWhole(service, authorization, 'packages', file), file.filename).toBe(200);
    for (const file of mirrored)
      expect(await fetchWhole(service, authorization, 'pypi', file), file.filename).toBe(200);
    for (const { key: made, revoked } of keys) expect(await whoami(made)).toBe(revoked ? 401 : 200);
    for (const { access_token } of sessions) expect(await whoami(access_token)).toBe(200);
  }

  it(`PS01 N17 loses nothing that it acknowledged and serves nothing broken, ${rounds} times`, {
    timeout: 60_000 + rounds * 15_000,
  }, async () => {
    const login = await pyxLogin(service.url, browser);
    const kept: { uploads: FakeDistribution[]; mirrored: FakeDistribution[] } = { uploads: [], mirrored: [] };
    const counts = { uploads: 0, mirrored: 0, keys: 0, sessions: 0, rotations: 0 };
    for (let round = 0; round < rounds; round++) {
      const acknowledged = await killAmidst(login);
      await service.start();
      expect(queryDatabase(service.data, 'pragma integrity_check')).toEqual([{ integrity_check: 'ok' }]);
      expect(queryDatabase(service.data, 'pragma foreign_key_check')).toEqual([]);
      expect(readdirSync(join(service.data, 'blobs/tmp'))).toEqual([]);
      await expectKept(acknowledged);
      kept.uploads.push(...acknowledged.uploads);
      kept.mirrored.push(...acknowledged.mirrored);
      counts.uploads += acknowledged.uploads.length;
      counts.mirrored += acknowledged.mirrored.length;
      counts.keys += acknowledged.keys.length;
      counts.sessions += acknowledged.sessions.length;
      counts.rotations += acknowledged.rotations;
      // The login whose rotation may have been cut goes on by itself.
      const refreshed = await fetch(`${service.url}/auth/cli/refresh`, {
        method: 'POST',
        body: JSON.stringify({ refresh_token: login.refresh_token }),
      });
      expect(refreshed.status).toBe(200);
      Object.assign(login, await refreshed.json());
    }
    await expectKept({ ...kept, keys: [], sessions: [], rotations: 0 });
    console.log(`${rounds} kills; acknowledged ${JSON.stringify(counts)}`);
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(0);
    expect(service.log()).not.toMatch(/"level":50/);
  });
});
