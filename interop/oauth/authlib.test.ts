import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { cleanEnvironment, describeWith, pythonTool, temporaryDirectory } from '@pkgauth/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { settleInBrowser } from '../support/browser.ts';
import { type Service, startService } from '../support/service.ts';
import { backInProgram, listenForCallback } from './callback.ts';

const program = join(import.meta.dirname, 'authlib-client.py');

/** The OAuth library of the Python world; what it does is in authlib-client.py. */
describeWith(['chromium', 'python/authlib'], 'Authlib', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService({ built: true });
  });
  afterAll(() => service?.[Symbol.asyncDispose]());

  /** `settle` gets the page to open and answers what the program is to read. */
  const run = async (args: string[], settle: (page: string) => Promise<string>): Promise<unknown> => {
    using home = temporaryDirectory();
    const python = pythonTool('authlib', 'python');
    const env = { ...cleanEnvironment(home.path), AUTHLIB_INSECURE_TRANSPORT: '1' };
    const child = spawn(python, [program, service.url, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] });
    let trouble = '';
    child.stderr.on('data', (chunk) => {
      trouble += chunk;
    });
    const said: unknown[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      const facts = JSON.parse(line) as { open?: string };
      if (facts.open === undefined) said.push(facts);
      else child.stdin.end(`${await settle(facts.open)}\n`);
    }
    if (child.exitCode === null) await once(child, 'exit');
    expect(child.exitCode, trouble).toBe(0);
    return said[0];
  };
  /** Good, good after the refresh, revoked, refused, not refreshed. */
  const outcome = { statuses: [200, 200, 200, 401, 400], error: 'invalid_grant', rotated: true };

  it('logs in by code and PKCE, verifies the id_token, refreshes and revokes', async () => {
    await using callback = await listenForCallback();
    const learnt = await run(['code', callback.redirectUri], async (page) => {
      await settleInBrowser(page, service.owner, 'Approve', backInProgram);
      return (await callback.received).href;
    });
    expect(learnt).toMatchObject({ ...outcome, claims: { iss: service.url, aud: 'pkgauth' } });
  });

  it('logs in by device code, refreshes and revokes', async () => {
    const learnt = await run(['device'], (page) => settleInBrowser(page, service.owner));
    expect(learnt).toMatchObject(outcome);
  });
});
