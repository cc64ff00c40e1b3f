import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { composeAdministration } from '../compose.ts';
import { type Config, loadConfig } from '../config/index.ts';
import type { Administration } from './command.ts';
import { commands } from './index.ts';
import { adminHelp, runAdmin } from './run.ts';
import { splitUpstream } from './setup.ts';

const directories: string[] = [];
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});
function temporaryData(): string {
  const directory = mkdtempSync(join(tmpdir(), 'pkgauth-admin-'));
  directories.push(directory);
  return directory;
}

type Call = { code: number; out: string; err: string; json: Record<string, unknown> };
type Options = {
  stdin?: string;
  env?: Record<string, string>;
  open?: (config: Config) => Promise<Administration>;
};

async function admin(
  data: string,
  line: string,
  { stdin = '', env = {}, open = composeAdministration }: Options = {},
): Promise<Call> {
  let out = '';
  let err = '';
  const code = await runAdmin([...line.split(' '), '--data', data], {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    readStdin: async () => stdin,
    load: (args) =>
      loadConfig({
        args,
        env,
        cwd: data,
        readFile: () => {
          throw new Error('ENOENT');
        },
      }),
    open,
  });
  return { code, out, err, json: out.startsWith('{') ? JSON.parse(out) : {} };
}

describe('a service filled by the command line', () => {
  const data = temporaryData();
  const call = (line: string, options?: Options) => admin(data, `${line} --json`, options);
  const values: Record<string, string> = {};

  beforeAll(async () => {
    for (const email of ['ada@example.com', 'bob@example.com', 'cy@example.com']) {
      await call(`user add ${email} --name X --password-stdin`, { stdin: 'a long enough password\n' });
    }
    await call('org add acme --title Acme --owner ada@example.com');
  }, 30_000);

  const steps: [line: string, code: number, expected: Record<string, unknown>, options?: Options][] = [
    [
      'user add ada@example.com',
      1,
      { error: { code: 'conflict', message: 'There is already an account with that e-mail address' } },
    ],
    ['user add nonsense', 2, { error: { code: 'invalid-request' } }],
    ['user add x@example.com --password-stdin', 2, { error: { code: 'usage' } }],
    [
      'user add x@example.com --password-stdin',
      2,
      { error: { code: 'invalid-request' } },
      { stdin: 'short' },
    ],
    [
      'user list',
      0,
      { users: [{ email: 'ada@example.com' }, { email: 'bob@example.com' }, { email: 'cy@example.com' }] },
    ],
    [
      'user disable cy@example.com',
      0,
      { email: 'cy@example.com', disabled_at: expect.stringMatching(/^\d{4}-.*Z$/) },
    ],
    ['user enable cy@example.com', 0, { email: 'cy@example.com', disabled_at: null }],
    ['user disable nobody@example.com', 3, { error: { code: 'not-found' } }],
    [
      'user sign-in-link ada@example.com',
      0,
      { url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:8585\/sign-in\/link\/[0-9a-f]{64}$/) },
    ],
    ['org add acme --owner ada@example.com', 1, { error: { code: 'conflict' } }],
    ['org add pypi --owner ada@example.com', 2, { error: { code: 'invalid-request' } }],
    ['org add Acme --owner ada@example.com', 2, { error: { code: 'invalid-request' } }],
    ['org add new --owner nobody@example.com', 3, { error: { code: 'not-found' } }],
    ['org add new', 2, { error: { code: 'usage', message: '--owner is missing' } }],
    ['org list', 0, { organizations: [{ slug: 'acme', title: 'Acme' }] }],
    [
      'member add acme bob@example.com',
      0,
      { organization: 'acme', email: 'bob@example.com', role: 'member' },
    ],
    ['member add acme bob@example.com --role admin', 0, { role: 'admin' }],
    ['member add acme bob@example.com --role king', 2, { error: { code: 'usage' } }],
    ['member list acme', 0, { members: [{ role: 'owner' }, { role: 'admin' }] }],
    ['member remove acme ada@example.com', 8, { error: { code: 'forbidden' } }],
    ['member remove acme cy@example.com', 3, { error: { code: 'not-found' } }],
    ['seat assign acme bob@example.com', 8, { error: { code: 'forbidden' } }],
    ['subscription show acme', 3, { error: { code: 'not-found' } }],
    [
      'subscription set acme --plan team --seats 1 --ends 2099-06-30',
      0,
      { plan: 'team', seats: 1, seats_taken: 0, ends_at: '2099-06-30T00:00:00.000Z' },
    ],
    [
      'subscription set acme --plan team --seats 1 --ends 2001-06-30',
      2,
      { error: { code: 'invalid-request' } },
    ],
    ['subscription set acme --plan team --seats many --ends 2099-06-30', 2, { error: { code: 'usage' } }],
    ['subscription set acme --plan team --seats 1 --ends tomorrow', 2, { error: { code: 'usage' } }],
    ['seat assign acme bob@example.com', 0, { seat: true }],
    [
      'seat assign acme ada@example.com',
      8,
      { error: { code: 'forbidden', message: 'All 1 seats are taken' } },
    ],
    ['seat assign acme cy@example.com', 3, { error: { code: 'not-found' } }],
    ['subscription show acme', 0, { seats_taken: 1, cancelled_at: null }],
    ['seat release acme bob@example.com', 0, { seat: false }],
    ['seat release acme bob@example.com', 3, { error: { code: 'not-found' } }],
    ['subscription cancel acme', 0, { cancelled_at: expect.any(String) }],
    [
      'subscription set acme --plan team --seats 5 --ends 2099-06-30T12:00:00+02:00',
      0,
      { cancelled_at: null, ends_at: '2099-06-30T10:00:00.000Z' },
    ],
    [
      'registry add acme/packages --kind pypi',
      0,
      { name: 'packages', upstream: null, upstream_credential: false },
    ],
    [
      'registry add acme/mirror --kind pypi --upstream https://index.example.com/simple',
      0,
      { upstream: 'https://index.example.com/simple/' },
    ],
    [
      'registry add acme/private --kind pypi --upstream https://index.example.com/simple/ --upstream-credential-stdin',
      0,
      { upstream_credential: true },
      { stdin: 'ada:canary-credential\n' },
    ],
    ['registry add acme/main --kind pypi', 1, { error: { code: 'conflict' } }],
    ['registry add acme/packages --kind conda', 1, { error: { code: 'conflict' } }],
    ['registry add acme/a --kind npm', 2, { error: { code: 'usage' } }],
    ['registry add acme --kind pypi', 2, { error: { code: 'usage' } }],
    ['registry add acme/../x --kind pypi', 2, { error: { code: 'usage' } }],
    [
      'registry add acme/b --kind pypi --upstream https://ada:canary-password@index.example.com/',
      2,
      { error: { code: 'invalid-request' } },
    ],
    [
      'registry add acme/b --kind pypi --upstream file:///etc/passwd',
      2,
      { error: { code: 'invalid-request' } },
    ],
    ['registry add acme/b --kind pypi --upstream-credential-stdin', 2, { error: { code: 'usage' } }],
    ['registry add other/b --kind pypi', 3, { error: { code: 'not-found' } }],
    ['registry add acme/channel --kind conda', 0, { kind: 'conda' }],
    [
      'registry list acme',
      0,
      { registries: [{ name: 'packages' }, { name: 'mirror' }, { name: 'private' }, { name: 'channel' }] },
    ],
    [
      'view add acme/stable --registries packages,mirror --public',
      0,
      { public: true, default: false, registries: ['packages', 'mirror'] },
    ],
    ['view add acme/x --registries nope', 3, { error: { code: 'not-found' } }],
    ['view add acme/x', 2, { error: { code: 'usage' } }],
    ['view add acme/packages --registries packages', 1, { error: { code: 'conflict' } }],
    [
      'view list acme',
      0,
      {
        views: [
          { name: 'main', default: true },
          { name: 'stable', default: false },
        ],
      },
    ],
    [
      'api-key add --user bob@example.com --org acme --validity 30 --name ci',
      0,
      {
        id: expect.stringMatching(/^key_/),
        key: expect.stringMatching(/^pka_[A-Za-z0-9]{49}$/),
        expires_at: expect.any(String),
      },
    ],
    ['api-key add --user cy@example.com --org acme --validity 30', 8, { error: { code: 'forbidden' } }],
    ['api-key add --user bob@example.com --org acme --validity 31', 2, { error: { code: 'usage' } }],
    ['api-key add --org acme --validity 30', 2, { error: { code: 'usage' } }],
    ['api-key list --user bob@example.com', 0, { api_keys: [{ name: 'ci', revoked_at: null }] }],
    ['api-key list --org acme', 0, { api_keys: [{ name: 'ci' }] }],
    ['api-key list', 2, { error: { code: 'usage' } }],
    ['api-key revoke KEY', 0, { revoked: true }],
    ['api-key revoke key_none', 3, { error: { code: 'not-found' } }],
    ['service-account add acme/builder --views stable', 0, { name: 'builder', disabled_at: null }],
    ['service-account add acme/builder', 1, { error: { code: 'conflict' } }],
    ['service-account add acme/other --views nope', 3, { error: { code: 'not-found' } }],
    [
      'api-key add --service-account builder --org acme --validity 7',
      0,
      { key: expect.stringMatching(/^pka_/) },
    ],
    ['api-key add --service-account nobody --org acme --validity 7', 3, { error: { code: 'not-found' } }],
    ['service-account list acme', 0, { service_accounts: [{ name: 'builder' }] }],
    ['service-account disable acme/builder', 0, { disabled: true }],
    ['service-account disable acme/nobody', 3, { error: { code: 'not-found' } }],
    ['session list bob@example.com', 0, { sessions: [] }],
    ['session revoke bob@example.com --all', 0, { revoked: 0 }],
    ['session revoke bob@example.com --id ses_none', 3, { error: { code: 'not-found' } }],
    ['session revoke bob@example.com', 2, { error: { code: 'usage' } }],
    ['member remove acme bob@example.com', 0, { removed: true }],
    ['signing-key list', 0, { signing_keys: [{ algorithm: 'ES256' }, { algorithm: 'RS256' }] }],
    [
      'signing-key rotate',
      0,
      {
        rotated: true,
        signing_keys: [expect.any(String), expect.any(String), expect.any(String), expect.any(String)],
      },
    ],
    ['signing-key withdraw SIGNING', 0, { withdrawn: true }],
    ['signing-key withdraw none', 3, { error: { code: 'not-found' } }],
    ['setup', 1, { error: { code: 'conflict' } }],
    ['user', 2, { error: { code: 'usage' } }],
    ['user add', 2, { error: { code: 'usage' } }],
    ['user list extra', 2, { error: { code: 'usage' } }],
    ['user list --wrong', 2, { error: { code: 'usage' } }],
    ['user list --url https://pkg.example.com', 2, { error: { code: 'usage' } }],
    ['user list --port 70000', 2, { error: { code: 'config-invalid' } }],
  ];

  it.each(steps)('%s → %i', async (line, code, expected, options) => {
    const answer = await call(
      line.replace('KEY', values['key'] ?? '').replace('SIGNING', values['signing'] ?? ''),
      options,
    );
    expect(answer.json).toMatchObject(expected);
    expect(answer.code).toBe(code);
    expect(answer.out.trim().split('\n')).toHaveLength(1);
    expect(answer.err === '').toBe(code === 0);
    expect(answer.out + answer.err).not.toContain('canary');
    if (line === 'signing-key rotate') values['signing'] = (answer.json['signing_keys'] as string[])[0] ?? '';
    if (line.includes('--name ci')) values['key'] = String(answer.json['id']);
  });

  it('has a step for every command', () => {
    const before = ['user add', 'org add', 'setup'];
    for (const { path } of commands) {
      const words = path.join(' ');
      const succeeds = steps.some(([line, code]) => line.startsWith(words) && code === 0);
      expect(succeeds || before.includes(words), words).toBe(true);
      expect(adminHelp()).toContain(words);
    }
  });

  it('AD11 left an audit event for every change', async () => {
    const administration = await composeAdministration(
      loadConfig({ args: ['--data', data], env: {}, cwd: data, readFile: String }).config,
    );
    const events = await administration.storage.audit.list({ limit: 500 });
    const actions = new Set(events.map(({ action }) => action));
    for (const action of [
      'user.create',
      'user.disable',
      'organization.create',
      'subscription.set',
      'subscription.cancel',
      'seat.assign',
      'seat.release',
      'registry.create',
      'view.create',
      'api-key.create',
      'api-key.revoke',
      'service-account.create',
      'service-account.disable',
      'sign-in-link.create',
    ]) {
      expect(actions).toContain(action);
    }
    expect(JSON.stringify(events)).not.toMatch(/canary|pka_/);
    await administration.close();
  });

  it('answers people with lines, and a new key alone so that it can be piped', async () => {
    expect((await admin(data, 'org list')).out.split('\n')[0]).toMatch(/^id +slug +title +created_at$/);
    const key = await admin(data, 'api-key add --user ada@example.com --org acme --validity 7');
    expect(key.out).toMatch(/^pka_[A-Za-z0-9]{49}\n$/);
    const refused = await admin(data, 'org add acme --owner ada@example.com');
    expect(refused).toMatchObject({
      code: 1,
      out: '',
      err: 'pkgauth-server: error: There is an organization acme already\n',
    });
  });

  it('tells that the database is not there, without its password', async () => {
    const down = await call('user list', { env: { PKGAUTH_DATABASE: 'postgres://u:canary@127.0.0.1:1/x' } });
    expect(down.code).toBe(6);
    expect(down.json).toMatchObject({ error: { code: 'unavailable' } });
    expect(down.out + down.err).not.toContain('canary');
  });
});

describe('setup', () => {
  const env = { PKGAUTH_PYPI_UPSTREAM: 'https://ada:canary%2Fpassword@index.example.com/simple' };

  it('AD01 fills a new service once, however often and however many at a time it is called', async () => {
    const data = temporaryData();
    const calls = await Promise.all(Array.from({ length: 4 }, () => admin(data, 'setup --json', { env })));
    expect(calls.map(({ code, json }) => [code, json])).toEqual(
      calls.map(() => [0, { owner: 'owner@localhost', organization: 'demo', mirror: true }]),
    );
    expect((await admin(data, 'setup --json', { env })).code).toBe(0);
    const read = async (line: string) => (await admin(data, `${line} --json`)).json;
    expect(await read('user list')).toMatchObject({ users: [{ email: 'owner@localhost' }] });
    expect(await read('org list')).toMatchObject({ organizations: [{ slug: 'demo' }, { slug: 'public' }] });
    expect(await read('registry list demo')).toMatchObject({
      registries: [
        { name: 'packages', upstream: null },
        { name: 'pypi-mirror', upstream: 'https://index.example.com/simple/', upstream_credential: true },
      ],
    });
    expect(await read('view list public')).toMatchObject({
      views: [{ name: 'main' }, { name: 'pypi', public: true, registries: ['pypi-mirror'] }],
    });
    expect(JSON.stringify(calls)).not.toContain('canary');
  });

  it('AD01 makes nobody the owner of a service that is in use', async () => {
    const data = temporaryData();
    await admin(data, 'setup');
    expect(await admin(data, 'setup --owner mallory@example.com --json')).toMatchObject({
      code: 1,
      json: { error: { code: 'conflict' } },
    });
    expect((await admin(data, 'user list --json')).json).toMatchObject({
      users: [{ email: 'owner@localhost' }],
    });
  });

  it('goes without a mirror, and adds it when there is an upstream later', async () => {
    const data = temporaryData();
    expect((await admin(data, 'setup --json')).json).toMatchObject({ mirror: false });
    expect((await admin(data, 'setup --json', { env })).json).toMatchObject({ mirror: true });
  });

  it.each([
    ['https://index.example.com/simple', { url: 'https://index.example.com/simple', credential: null }],
    [
      'https://ada:p%40ss@index.example.com/simple/',
      { url: 'https://index.example.com/simple/', credential: 'ada:p@ss' },
    ],
    ['https://token@index.example.com/', { url: 'https://index.example.com/', credential: 'token:' }],
  ])('takes the credential out of %s', (text, expected) => {
    expect(splitUpstream(text)).toEqual(expected);
  });
});

describe('PS09 the key of the service', () => {
  it('that is not the database’s is refused, and nothing is sealed anew', async () => {
    const data = temporaryData();
    await admin(data, 'setup');
    const other = Buffer.from(Uint8Array.from({ length: 32 }, (_, at) => (at * at * 31 + 7) % 253)).toString(
      'base64',
    );
    const refused = await admin(data, 'user list --json', { env: { PKGAUTH_SECRET: other } });
    expect(refused).toMatchObject({ code: 6, json: { error: { code: 'secret-wrong' } } });
    expect((await admin(data, 'user list --json')).code).toBe(0);
  });
});
