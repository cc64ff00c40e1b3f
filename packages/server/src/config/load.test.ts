import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError } from './config-error.ts';
import { configurationDocument, optionsHelp } from './document.ts';
import { type Field, fieldNames, fields } from './fields.ts';
import { loadConfig } from './load.ts';
import { checkSecret } from './secret-strength.ts';

type Outside = { args?: string[]; env?: Record<string, string>; files?: Record<string, string> };

function load({ args = [], env = {}, files = {} }: Outside) {
  return loadConfig({
    args,
    env,
    cwd: '/srv',
    readFile: (path) => {
      const text = files[path];
      if (text === undefined) throw new Error('ENOENT');
      return text;
    },
  });
}

function problemsOf(outside: Outside): readonly string[] {
  try {
    load(outside);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

const strong = Buffer.from(
  Uint8Array.from({ length: 32 }, (_, at) => (at * at * 37 + 11 * at + 101) % 251),
).toString('base64');

describe('loadConfig', () => {
  it('has a default for everything that is needed', () => {
    expect(load({}).config).toMatchObject({
      data: '/srv/.pkgauth-data',
      port: 8585,
      host: '127.0.0.1',
      origin: 'http://127.0.0.1:8585',
      trustedProxies: [],
      refreshGraceSeconds: 60,
      logLevel: 'info',
    });
  });

  it('prefers flags to variables to the file', () => {
    const files = {
      '/etc/pkgauth.json':
        '{"port": 1, "log-level": "warn", "data": "../var", "trusted-proxies": ["10.0.0.0/8"]}',
    };
    const env = { PKGAUTH_CONFIG: '/etc/pkgauth.json', PKGAUTH_PORT: '2', PKGAUTH_LOG_LEVEL: 'error' };
    const { config } = load({ args: ['--port=3'], env, files });
    expect(config).toMatchObject({
      port: 3,
      logLevel: 'error',
      data: '/var',
      trustedProxies: ['10.0.0.0/8'],
    });
  });

  it('reads secrets from files and hands back what is no setting', () => {
    const { config, rest } = load({
      args: ['user', '--data', 'd', 'add', 'a@example.com', '--name', 'Ann', '-x', '--', '--port'],
      env: { PKGAUTH_SECRET_FILE: '/run/secret' },
      files: { '/run/secret': `${strong}\n` },
    });
    expect(config.secret).toBe(strong);
    expect(config.data).toBe('/srv/d');
    expect(rest).toEqual(['user', 'add', 'a@example.com', '--name', 'Ann', '-x', '--', '--port']);
  });

  it('reports all problems at once', () => {
    const problems = problemsOf({
      args: ['--port', '70000', '--host', '0.0.0.0', '--tls', 'local', '--log-level', 'loud'],
      env: {
        PKGAUTH_PUBLIC_URL: 'http://pkg.example.com',
        PKGAUTH_SECRET_FILE: '/absent',
        PKGAUTH_TRUSTED_PROXIES: '10.0.0.0/99',
        PKGAUTH_CONFIG: 'c.json',
        PKGAUTH_TLS_CERT: 'cert.pem',
      },
      files: { '/srv/c.json': '{"prot": 1, "config": "x", "data": {}}' },
    });
    expect(problems).toEqual([
      'PKGAUTH_SECRET_FILE: cannot read the file /absent',
      '/srv/c.json: there is no setting "prot"',
      '/srv/c.json: there is no setting "config"',
      '/srv/c.json: "data" must be a text or a number',
      '--port must be a whole number from 0 to 65535',
      'PKGAUTH_PUBLIC_URL must be https:// (http:// is for loopback addresses only)',
      'PKGAUTH_TRUSTED_PROXIES "10.0.0.0/99" is neither an IP address nor a network such as 10.0.0.0/8',
      '--log-level must be one of silent, error, warn, info, debug',
      '--tls local is not available in this version; use --tls-cert and --tls-key',
      '--tls-cert and --tls-key belong together; only one of them is set',
      '--host 0.0.0.0 is reachable from other machines; --public-url must say under which https:// address',
    ]);
  });

  it.each([
    [{ args: ['--port'] }, '--port needs a value'],
    [{ args: ['--data', '--port', '1'] }, '--data needs a value'],
    [{ env: { PKGAUTH_CONFIG: '/bad' }, files: { '/bad': '[]' } }, '/bad: is not a JSON object'],
    [
      { env: { PKGAUTH_SECRET: strong, PKGAUTH_SECRET_FILE: '/f' }, files: { '/f': strong } },
      'PKGAUTH_SECRET and PKGAUTH_SECRET_FILE are both set',
    ],
    [{ args: ['--database', 'mysql://h/d'] }, 'the database must be a sqlite:// or postgres:// URL'],
    [
      { args: ['--public-url', 'https://h.example/p'] },
      '--public-url must be an origin only: no path, query or user, since uv asks for its doors at the root of the host',
    ],
  ] as [Outside, string][])('refuses %j', (outside, problem) => {
    expect(problemsOf(outside)).toEqual([problem]);
  });

  it('PS10 never repeats a secret in a problem', () => {
    const env = {
      PKGAUTH_SECRET: 'canary-0',
      PKGAUTH_DATABASE: 'canary-1',
      PKGAUTH_PYPI_UPSTREAM: 'canary-2',
    };
    expect(problemsOf({ env })).toHaveLength(3);
    expect(problemsOf({ env }).join()).not.toContain('canary');
  });

  it('takes an empty variable as absent, and an IPv6 host in brackets', () => {
    expect(load({ env: { PKGAUTH_PORT: '' }, args: ['--host', '::1'] }).config.origin).toBe(
      'http://[::1]:8585',
    );
    expect(load({ args: ['--port', '0'] }).config.origin).toBeUndefined();
    const tls = ['--tls-cert', 'c', '--tls-key', '/k'];
    expect(load({ args: tls }).config).toMatchObject({
      origin: 'https://127.0.0.1:8585',
      tlsFiles: { cert: '/srv/c', key: '/k' },
    });
  });

  it('throws nothing but ConfigError, whatever it reads', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.constantFrom(...fieldNames), fc.string(), (args, name, value) => {
        try {
          load({ args, env: { [fields[name].env]: value } });
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
    );
  });
});

describe('AD02 the service key', () => {
  it.each([
    ['empty', ''],
    ['a word', 'changeme'],
    ['zeros', '0'.repeat(64)],
    ['counting', Buffer.from(Uint8Array.from({ length: 32 }, (_, at) => at)).toString('hex')],
    ['a repeated pattern', '0123456789abcdef'.repeat(4)],
    ['text in base64', Buffer.from('this is a sentence, not a key 42').toString('base64')],
    ['a sample', 'example-key-do-not-use-in-production-AbCdEfG'],
    ['31 bytes', Buffer.alloc(31, strong).toString('base64')],
  ])('refuses %s', (_, text) => {
    expect(checkSecret(text).ok).toBe(false);
  });

  it('accepts 32 random bytes in either alphabet', () => {
    const random = fc
      .uint8Array({ minLength: 32, maxLength: 32 })
      .filter((bytes) => new Set(bytes).size > 25);
    expect(checkSecret(strong)).toEqual({ ok: true, key: Uint8Array.from(Buffer.from(strong, 'base64')) });
    fc.assert(
      fc.property(random, (bytes) => {
        const steps = new Set(bytes.slice(1).map((byte, at) => byte - (bytes[at] ?? 0)));
        fc.pre(steps.size > 20 && !bytes.every((byte) => byte >= 0x20 && byte < 0x7f));
        expect(checkSecret(Buffer.from(bytes).toString('hex')).ok).toBe(true);
      }),
    );
  });
});

describe('texts from the table', () => {
  it('name every setting', () => {
    for (const name of fieldNames) {
      const field: Field = fields[name];
      expect(optionsHelp()).toContain(field.flag === null ? field.env : `--${field.flag} `);
      expect(configurationDocument()).toContain(`\`${field.env}\``);
    }
  });
});
