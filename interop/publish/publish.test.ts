import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeWith, type FakeDistribution, makeSdist, makeWheel, pythonTool } from '@pkgauth/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyHome, type Home } from '../support/home.ts';
import { type Service, startService } from '../support/service.ts';

/** twine and both uvs publish to a hosted registry; pip and uv install it back through the default view. */
const parts = ['twine', 'uv-0.12.6', 'uv-0.13.9', 'pip-26.3', 'build'] as const;
describeWith(
  parts.map((name) => `python/${name}` as const),
  'publishing',
  () => {
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
    /** By pip and by uv, through the default view. */
    const installBack = async (project: string, version: string) => {
      const indexUrl = `${service.url.replace('//', `//__token__:${key}@`)}/simple/acme/main/`;
      const requirement = `${project}==${version}`;
      const installers: [name: string, tool: string, args: string[]][] = [
        ['pip', pythonTool('pip-26.3', 'pip'), ['install', '--no-cache-dir', '--index-url', indexUrl]],
        ['uv', pythonTool('uv-0.13.9', 'uv'), ['pip', 'install', '--no-cache', '--default-index', indexUrl]],
      ];
      for (const [name, tool, args] of installers) {
        const site = join(home.path, `site-${project}-${name}`);
        const { code, stderr } = await home.run(tool, [...args, '--target', site, requirement]);
        expect(code, stderr).toBe(0);
        expect(await readFile(join(site, project.replaceAll('-', '_'), '__init__.py'), 'utf8')).toBe(
          `VERSION = "${version}"\n`,
        );
      }
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

    it('a package that python -m build made goes up, wheel and source, and comes back', async () => {
      const source = join(home.path, 'built');
      const files = {
        'pyproject.toml':
          '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n' +
          '[project]\nname = "from-build"\nversion = "1.0"\nrequires-python = ">=3.8"\n',
        'src/from_build/__init__.py': 'VERSION = "1.0"\n',
      };
      mkdirSync(join(source, 'src/from_build'), { recursive: true });
      for (const [name, text] of Object.entries(files)) writeFileSync(join(source, name), text);
      const built = await home.run(pythonTool('build', 'pyproject-build'), ['--no-isolation', source]);
      expect(built.code, built.stdout + built.stderr).toBe(0);
      const made = ['from_build-1.0-py3-none-any.whl', 'from_build-1.0.tar.gz'];
      const { code, stdout, stderr } = await twine(
        made.map((name) => join(source, 'dist', name)),
        key,
      );
      expect(code, stdout + stderr).toBe(0);
      await installBack('from-build', '1.0');
    });
  },
);
