import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import {
  type FakeDistribution,
  makeSdist,
  makeWheel,
  makeZip,
  type TemporaryDirectory,
  temporaryDirectory,
} from '@pkgauth/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Registry } from '../../../core/model.ts';
import type { ResolvedIndex, Storage, Verified } from '../../../core/ports/index.ts';
import type { Principal } from '../../../core/principal.ts';
import { createProblems } from '../../../http/errors.ts';
import { openStorage } from '../../../storage/index.ts';
import { openBlobStore } from '../../blobs.ts';
import { createHostedIndex } from '../hosted.ts';
import { createUploadHandler } from './handler.ts';

const registry = (name: string, upstreamUrl: string | null): Registry => ({
  id: `reg_${name}`,
  orgId: 'org_1',
  name,
  kind: 'pypi',
  upstreamUrl,
  sealedUpstreamCredential: null,
  createdAt: 0,
});
const packages = registry('packages', null);
const mirror = registry('pypi', 'http://upstream.example/simple/');
const indexes: Record<string, Registry[]> = {
  packages: [packages],
  pypi: [mirror],
  main: [packages, mirror],
};
const principal = (roles: Record<string, 'member'>): Principal => ({
  kind: 'user',
  userId: 'usr_1',
  credential: 'api-key',
  roles,
  onlyOrganization: null,
  credentialId: 'key_1',
});
const credentials: Record<string, Verified> = {
  'Bearer member': { ok: true, principal: principal({ acme: 'member' }), expiresAt: 9e15 },
  'Bearer stranger': { ok: true, principal: principal({ other: 'member' }), expiresAt: 9e15 },
  'Bearer site': {
    ok: true,
    principal: { kind: 'site-token', organization: 'acme', credentialId: 't' },
    expiresAt: 9e15,
  },
  'Bearer expired': { ok: false, problem: 'expired', message: 'the credential has expired' },
};

describe('upload door', () => {
  let directory: TemporaryDirectory;
  let storage: Storage;
  let server: Server;
  let origin: string;
  let uploaded: string[];
  let hosted: ReturnType<typeof createHostedIndex>;

  beforeEach(async () => {
    directory = temporaryDirectory();
    storage = await openStorage('sqlite::memory:');
    await storage.organizations.insert({
      id: 'org_1',
      slug: 'acme',
      title: 'Acme',
      createdAt: 0,
      suspendedAt: null,
    });
    await storage.registries.insert(packages);
    const blobs = await openBlobStore(join(directory.path, 'blobs'));
    hosted = createHostedIndex({ files: storage.hostedFiles, blobs });
    uploaded = [];
    const handle = createUploadHandler({
      storage,
      blobs,
      fileLimit: 1_000_000,
      verifier: {
        verify: (header) =>
          credentials[header ?? ''] ?? {
            ok: false,
            problem: 'missing',
            message: 'an upload needs a credential',
          },
      },
      catalog: {
        resolve: (organization, name): ResolvedIndex | undefined => {
          const registries = organization === 'acme' ? indexes[name] : undefined;
          return (
            registries && {
              organization: { id: 'org_1', slug: 'acme' },
              name,
              public: false,
              subscription: 'active',
              registries,
            }
          );
        },
      },
      clock: { now: () => 1_700_000_000_000 },
      contextOf: () => ({ requestId: 'req_1', ip: '127.0.0.1', userAgent: 'test' }),
      problems: createProblems('http://127.0.0.1'),
      onUploaded: (registryId, project) => uploaded.push(`${registryId}/${project}`),
    });
    server = createServer((request, response) => {
      if (!handle(request, response)) response.writeHead(418).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await storage.close();
    directory[Symbol.dispose]();
  });

  const fieldsOf = ({ filename, sha256 }: FakeDistribution): Record<string, string> => {
    const [, name = '', version = ''] =
      /^(.*?)-(\d[^-]*?)(?:-py3-none-any\.whl|\.tar\.gz)$/.exec(filename) ?? [];
    return {
      ':action': 'file_upload',
      protocol_version: '1',
      metadata_version: '2.1',
      name,
      version,
      filetype: filename.endsWith('.whl') ? 'bdist_wheel' : 'sdist',
      pyversion: 'py3',
      sha256_digest: sha256,
    };
  };
  const upload = async (
    file: FakeDistribution,
    options: {
      change?: Record<string, string | undefined>;
      to?: string;
      as?: string;
      content?: Uint8Array;
    } = {},
  ) => {
    const form = new FormData();
    for (const [name, value] of Object.entries({ ...fieldsOf(file), ...options.change }))
      if (value !== undefined) form.append(name, value);
    form.append('content', new Blob([Buffer.from(options.content ?? file.content)]), file.filename);
    const headers: Record<string, string> =
      options.as === '' ? {} : { authorization: `Bearer ${options.as ?? 'member'}` };
    const response = await fetch(`${origin}/v1/upload/${options.to ?? 'acme/packages'}`, {
      method: 'POST',
      body: form,
      headers,
    });
    const body = (await response.json()) as { detail?: string };
    return { status: response.status, reason: response.statusText, detail: body.detail, body };
  };
  const leftovers = () => readdir(join(directory.path, 'blobs/tmp'));
  const wheel = makeWheel({ name: 'example-pkg', version: '1.0', requiresPython: '>=3.9' });

  it('takes a wheel: the project page, the file and its metadata are there, and an audit event', async () => {
    expect(await upload(wheel)).toMatchObject({ status: 200, body: { success: true } });
    expect(await hosted.project('reg_packages', 'example-pkg')).toEqual({
      name: 'example-pkg',
      versions: ['1.0'],
      files: [
        {
          filename: wheel.filename,
          url: wheel.filename,
          hashes: { sha256: wheel.sha256 },
          size: wheel.content.length,
          requiresPython: '>=3.9',
          uploadTime: '2023-11-14T22:13:20.000Z',
          coreMetadata: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
        },
      ],
    });
    expect(await readFile((await hosted.file('reg_packages', wheel.filename))?.path ?? '')).toEqual(
      wheel.content,
    );
    expect(Buffer.from((await hosted.metadata('reg_packages', wheel.filename)) ?? []).toString()).toBe(
      wheel.metadata,
    );
    expect((await storage.audit.list({ limit: 5 }))[0]).toMatchObject({
      action: 'package.upload',
      actor: 'user:usr_1',
      orgId: 'org_1',
    });
    expect(uploaded).toEqual(['reg_packages/example-pkg']);
    expect(await leftovers()).toEqual([]);
  });

  it('takes a source distribution, at the address with a trailing slash too', async () => {
    const sdist = makeSdist({ name: 'example-pkg', version: '1.0' });
    expect((await upload(sdist, { to: 'acme/packages/' })).status).toBe(200);
    expect(await hosted.exists('reg_packages', 'example-pkg')).toBe(true);
  });

  it('answers the same upload again with 200, and never replaces a file name', async () => {
    await upload(wheel);
    expect((await upload(wheel)).status).toBe(200);
    const other = makeWheel({ name: 'example-pkg', version: '1.0', padding: new Uint8Array(3) });
    const refused = await upload(other);
    expect(refused.status).toBe(409);
    expect(refused.reason).toContain('File already exists');
    expect((await hosted.project('reg_packages', 'example-pkg'))?.files).toHaveLength(1);
    expect(uploaded).toHaveLength(1);
  });

  it('has one winner when 20 different files race for one name', async () => {
    const rivals = Array.from({ length: 20 }, (_, at) =>
      makeWheel({ name: 'race', version: '1', padding: new Uint8Array(at + 1) }),
    );
    const statuses = (await Promise.all(rivals.map((one) => upload(one)))).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409)).toHaveLength(19);
    expect(await leftovers()).toEqual([]);
  });

  it("answers uv's /validate", async () => {
    const validate = (file: FakeDistribution) =>
      upload(file, { to: 'acme/packages/validate', change: { filename: file.filename } });
    expect((await validate(wheel)).body).toEqual({ exists: false });
    expect(await hosted.exists('reg_packages', 'example-pkg')).toBe(false);
    await upload(wheel);
    expect((await validate(wheel)).body).toEqual({ exists: true });
    expect(
      (await validate(makeWheel({ name: 'example-pkg', version: '1.0', padding: new Uint8Array(1) }))).status,
    ).toBe(409);
  });

  it.each([
    ['no credential', { as: '' }, 401, 'an upload needs a credential'],
    ['an expired credential', { as: 'expired' }, 401, 'the credential has expired'],
    ['a read-only credential', { as: 'site' }, 403, 'this credential may not upload to acme/packages'],
    ['another organization', { as: 'stranger' }, 404, 'there is no registry acme/packages'],
    ['a registry that is absent', { to: 'acme/absent' }, 404, 'there is no registry acme/absent'],
    [
      'an absent registry, asked by a stranger: the same answer',
      { to: 'acme/absent', as: 'stranger' },
      404,
      'there is no registry acme/absent',
    ],
    ['a mirror', { to: 'acme/pypi' }, 400, 'acme/pypi is a mirror; upload to a hosted registry'],
    ['a view', { to: 'acme/main' }, 400, 'acme/main is a view; upload to /v1/upload/acme/packages'],
    [
      'a wrong action',
      { change: { ':action': 'submit' } },
      400,
      'the form field :action must be file_upload',
    ],
    ['no digest', { change: { sha256_digest: undefined } }, 400, 'the form has no sha256_digest'],
    [
      'a wrong digest',
      { change: { sha256_digest: 'ab'.repeat(32) } },
      400,
      'the content does not have the SHA-256 that was announced for it',
    ],
    [
      'another name in the form',
      { change: { name: 'other' } },
      400,
      `the form's name is not that of ${wheel.filename}`,
    ],
    [
      'another version in the form',
      { change: { version: '2.0' } },
      400,
      `the form's version is not that of ${wheel.filename}`,
    ],
    [
      'a version that is none',
      { change: { version: 'x' } },
      400,
      'the version in the form does not follow PEP 440',
    ],
    [
      'another file type',
      { change: { filetype: 'sdist' } },
      400,
      `the form says filetype sdist, which the name ${wheel.filename} is not`,
    ],
    ['too much text', { change: { description: 'x'.repeat(9_000_000) } }, 413, /too large|larger/],
  ] as const)('refuses %s', async (_name, options, status, detail) => {
    const answer = await upload(wheel, options);
    expect(answer.status).toBe(status);
    expect(answer.detail).toEqual(typeof detail === 'string' ? detail : expect.stringMatching(detail));
    expect(await hosted.exists('reg_packages', 'example-pkg')).toBe(false);
    expect(await leftovers()).toEqual([]);
  });

  it('refuses file names that are none, would leave the directory, or are of another kind', async () => {
    for (const filename of [
      '../evil-1.0.tar.gz',
      'example.exe',
      'example-1.0.zip',
      'example-1.0-py3-none.whl',
      'a/b-1.0.tar.gz',
    ]) {
      const { status, detail } = await upload(
        { ...wheel, filename },
        { change: { name: 'example', version: '1.0' } },
      );
      expect([status, detail]).toEqual([400, expect.stringContaining('the file name is neither')]);
    }
  });

  it('refuses content that is not what the name says', async () => {
    const renamed = { ...makeWheel({ name: 'other', version: '1.0' }), filename: wheel.filename };
    expect((await upload(renamed)).detail).toBe(`the metadata inside ${wheel.filename} has another name`);
    const empty = {
      ...wheel,
      content: Buffer.alloc(0),
      sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    };
    expect((await upload(empty)).detail).toBe('the file is empty');
    const zip = makeZip([['readme.txt', Buffer.from('x')]]);
    expect((await upload(wheel, { content: zip })).detail).toBe('the wheel has no .dist-info/METADATA file');
  });

  it('refuses a file above the limit, without keeping a byte', async () => {
    const large = makeWheel({ name: 'large', version: '1', padding: randomBytes(1_100_000) });
    expect((await upload(large)).status).toBe(413);
    expect(await leftovers()).toEqual([]);
  });

  it('refuses what is not a multipart form, and another method', async () => {
    const headers = { authorization: 'Bearer member' };
    expect(
      (await fetch(`${origin}/v1/upload/acme/packages`, { method: 'POST', body: '{}', headers })).status,
    ).toBe(415);
    expect(
      (
        await fetch(`${origin}/v1/upload/acme/packages`, {
          method: 'POST',
          body: 'x',
          headers: { ...headers, 'content-type': 'multipart/form-data' },
        })
      ).status,
    ).toBe(400);
    expect((await fetch(`${origin}/v1/upload/acme/packages`, { headers })).status).toBe(405);
    expect((await fetch(`${origin}/v1/uploads`, { method: 'POST', headers })).status).toBe(418);
  });

  it('keeps nothing of an upload that is cut off', async () => {
    const socket = connect(Number(new URL(origin).port), '127.0.0.1');
    const head =
      '--b\r\nContent-Disposition: form-data; name="content"; filename="example_pkg-1.0.tar.gz"\r\n\r\nhalf of it';
    socket.write(
      `POST /v1/upload/acme/packages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer member\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 5000\r\n\r\n${head}`,
    );
    await expect.poll(leftovers).toHaveLength(1);
    socket.destroy();
    await expect.poll(leftovers).toEqual([]);
    expect(await hosted.projects('reg_packages')).toEqual([]);
  });
});
