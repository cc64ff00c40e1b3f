import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FakeDistribution, makeSdist, makeWheel, pythonTool } from '@pkgauth/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyHome, type Home } from '../support/home.ts';
import { type Service, startService } from '../support/service.ts';

/** twine and both uvs publish to a hosted registry; pip and uv install it back through the default view. */
describe('publishing', () => {
  let service: Service;
  let key: string;
  let home: Home;
  beforeAll(async () => {
    service = await startService({ built: true });
    key = await service.apiKey();
    home = emptyHome();
  });
  afterAll(async () => {
    home?.[Symbol.dispose]();
    await service?.[Symbol.asyncDispose]();
  });

  const place = (...files: FakeDistribution[]) => {
    const directory = join(home.path, 'dist');
    mkdirSync(directory, { recursive: true });
    return files.map((file) => {
      const path = join(directory, file.filename);
      writeFileSync(path, file.content);
      return path;
    });
  };
  const target = (registry = 'packages') => `${service.url}/v1/upload/acme/${registry}`;
  type Publisher = (files: string[], password: string, url?: string) => ReturnType<Home['run']>;
  const twine: Publisher = (files, password, url = target()) =>
    home.run(
      pythonTool('twine', 'twine'),
      ['upload', '--non-interactive', '--disable-progress-bar', '--repository-url', url, ...files],
      {
        TWINE_USERNAME: '__token__',
        TWINE_PASSWORD: password,
      },
    );
  const uvPublish =
    (version: string): Publisher =>
    (files, password, url = target()) =>
      home.run(pythonTool(`uv-${version}`, 'uv'), ['publish', '--publish-url', url, ...files], {
        UV_PUBLISH_TOKEN: password,
      });
  const installBack = async (project: string, version: string) => {
    const site = join(home.path, `site-${project}`);
    const indexUrl = `${service.url.replace('//', `//__token__:${key}@`)}/simple/acme/main/`;
    const { code, stderr } = await home.run(pythonTool('pip-26.3', 'pip'), [
      'install',
      '--no-cache-dir',
      '--target',
      site,
      '--index-url',
      indexUrl,
      `${project}==${version}`,
    ]);
    expect(code, stderr).toBe(0);
    expect(await readFile(join(site, project.replaceAll('-', '_'), '__init__.py'), 'utf8')).toBe(
      `VERSION = "${version}"\n`,
    );
  };

  describe.each([
    ['twine 7', 'from-twine', twine],
    ['uv 0.12.6', 'from-uv-old', uvPublish('0.12.6')],
    ['uv 0.13.9', 'from-uv-new', uvPublish('0.13.9')],
  ] as const)('%s', (_name, project, publish) => {
    const wheel = makeWheel({ name: project, version: '1.0' });

    it('publishes a wheel and a source distribution, which pip installs back', async () => {
      const files = place(wheel, makeSdist({ name: project, version: '1.0' }));
      const { code, stderr, stdout } = await publish(files, key);
      expect(code, stdout + stderr).toBe(0);
      await installBack(project, '1.0');
    });

    it('publishes the same file again without harm', async () => {
      expect((await publish(place(wheel), key)).code).toBe(0);
    });

    it('is told that a file name is never replaced', async () => {
      const [path] = place({
        ...makeWheel({ name: project, version: '1.0', padding: new Uint8Array(9) }),
        filename: wheel.filename,
      });
      const { code, stdout, stderr } = await publish([path ?? ''], key);
      expect(code).not.toBe(0);
      expect(stdout + stderr).toContain('File already exists');
    });

    it('is told that a view takes no uploads, and where to', async () => {
      const { code, stdout, stderr } = await publish(
        place(makeWheel({ name: project, version: '3.0' })),
        key,
        target('main'),
      );
      expect(code).not.toBe(0);
      expect(stdout + stderr).toContain('is a view; upload to /v1/upload/acme/packages');
    });
  });
});
