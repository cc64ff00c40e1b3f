import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  describeWith,
  freePort,
  makeWheel,
  partPath,
  pythonTool,
  type RunningProcess,
  startProcess,
  type TemporaryDirectory,
  temporaryDirectory,
} from '@pkgauth/testkit';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { settleInBrowser } from '../support/browser.ts';
import { builtClient } from '../support/client.ts';
import { type Demo, demoModule, installedIn, siteOf, startDemo } from '../support/demo.ts';

/** What the documentation tells operators to write. */
const configuration = (directory: string, port: number, service: string) => `
daemon off;
pid ${directory}/nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  server {
    listen 127.0.0.1:${port};
    client_max_body_size 0;
    location / {
      proxy_pass ${service};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_buffering off;
      proxy_request_buffering off;
      proxy_read_timeout 60s;
    }
  }
}
`;

describeWith(
  ['nginx', 'chromium', 'python/uv-0.13.9', 'python/pip-26.3', 'python/twine'],
  'behind nginx',
  () => {
    let directory: TemporaryDirectory;
    let demo: Demo;
    let nginx: RunningProcess;
    let publicUrl: string;
    beforeAll(async () => {
      directory = temporaryDirectory();
      const port = await freePort();
      publicUrl = `http://127.0.0.1:${port}`;
      demo = await startDemo({ args: ['--public-url', publicUrl, '--trusted-proxies', '127.0.0.1'] });
      const file = join(directory.path, 'nginx.conf');
      writeFileSync(file, configuration(directory.path, port, demo.service.url));
      const args = ['-p', directory.path, '-c', file, '-g', 'user root;'];
      nginx = await startProcess(partPath('nginx'), process.getuid?.() === 0 ? args : args.slice(0, 4));
      const isReady = async () => expect((await fetch(`${publicUrl}/readyz`)).status).toBe(200);
      await vi.waitFor(isReady, { timeout: 30_000 });
    });
    afterAll(async () => {
      await nginx?.[Symbol.asyncDispose]();
      await demo?.[Symbol.asyncDispose]();
      directory?.[Symbol.dispose]();
    });
    const index = (user: string) => `${publicUrl.replace('//', `//${user}`)}/simple/acme/main/`;

    it('every address that the service names is the public one', async () => {
      const metadata = await (await fetch(`${publicUrl}/.well-known/openid-configuration`)).text();
      expect(metadata).toContain(`"issuer":"${publicUrl}"`);
      expect(metadata).not.toContain(demo.service.url);
      const refused = await fetch(`${publicUrl}/simple/acme/main/`);
      expect(refused.headers.get('www-authenticate')).toContain(
        `${publicUrl}/.well-known/oauth-protected-resource`,
      );
    });

    it('the service knows who asks, not only that the proxy does', async () => {
      await fetch(`${publicUrl}/api/v1/whoami`, { headers: { 'x-forwarded-for': '203.0.113.9' } });
      await vi.waitFor(() => expect(demo.service.log()).toContain('"path":"/api/v1/whoami"'), {
        timeout: 30_000,
      });
      const line = demo.service
        .log()
        .split('\n')
        .findLast((one) => one.includes('"path":"/api/v1/whoami"'));
      // The proxy adds what it saw, which is itself trusted here, to what it was told.
      expect(line).toContain('"ip":"203.0.113.9"');
    });

    it('a person logs in through the pages, and uv installs with that login', async () => {
      const home = demo.emptyHome();
      await using running = await startProcess(
        process.execPath,
        [builtClient(), 'login', publicUrl, '--device'],
        { env: home.env, cwd: home.path },
      );
      const [page] = await running.waitFor(/http:\/\/127\.0\.0\.1:\d+\/activate\?user_code=\S+/);
      expect(page).toContain(publicUrl);
      await settleInBrowser(page, demo.service.owner);
      const { code, stderr } = await running.ended;
      expect(code, stderr).toBe(0);
      await home.pkgauth(['setup', 'keyring', '--dir', join(home.path, 'bin')]);
      await home.pkgauth(['setup', 'uv', '--index', index(''), '--yes']);
      const install = ['pip', 'install', 'demo-app', '--no-cache', '--target', siteOf(home)];
      const installed = await home.run(pythonTool('uv-0.13.9', 'uv'), install);
      expect(installed.code, installed.stderr).toBe(0);
      expect(await installedIn(home)).toBe(demoModule);
    });

    it('twine publishes and pip installs it back; a refusal keeps its sentence', async () => {
      const home = demo.emptyHome();
      const { filename, content } = makeWheel({
        name: 'demo-proxied',
        version: '1.0',
        padding: new Uint8Array(3_000_000),
      });
      mkdirSync(siteOf(home), { recursive: true });
      const file = join(home.path, filename);
      writeFileSync(file, content);
      const upload = (password: string) => {
        const target = `${publicUrl}/v1/upload/acme/packages`;
        const args = [
          'upload',
          '--non-interactive',
          '--disable-progress-bar',
          '--repository-url',
          target,
          file,
        ];
        return home.run(pythonTool('twine', 'twine'), args, {
          TWINE_USERNAME: '__token__',
          TWINE_PASSWORD: password,
        });
      };
      const refused = await upload(demo.key.slice(0, -1));
      expect(refused.code).toBe(1);
      const published = await upload(demo.key);
      expect(published.code, published.stdout + published.stderr).toBe(0);
      const how = [
        '--no-cache-dir',
        '--target',
        siteOf(home),
        '--index-url',
        index(`__token__:${demo.key}@`),
      ];
      const { code, stderr } = await home.run(pythonTool('pip-26.3', 'pip'), [
        'install',
        ...how,
        'demo-proxied',
      ]);
      expect(code, stderr).toBe(0);
      expect(refused.stdout).toContain('The API key is cut off or mistyped');
    });
  },
);
