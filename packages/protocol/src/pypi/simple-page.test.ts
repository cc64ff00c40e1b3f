import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DistributionFile,
  type ProjectPage,
  parseSimpleHtml,
  parseSimpleJson,
  renderProjectListHtml,
  renderProjectListJson,
  renderSimpleHtml,
  renderSimpleJson,
} from './index.ts';

const pageUrl = 'https://index.example.com/simple/tiny-pkg/';
const vectorPage = readFileSync(new URL('../../../../vectors/pypi/page.html', import.meta.url));

const digest = fc.stringMatching(/^[0-9a-f]{64}$/);
const segment = fc.stringMatching(/^[a-z0-9._~-]{1,8}$/).filter((text) => !/^\.+$/.test(text));
const text = fc.string({ unit: 'grapheme', minLength: 1 });
const anyFile: fc.Arbitrary<DistributionFile> = fc
  .record(
    {
      filename: fc.tuple(fc.nat(99), fc.nat(99)).map(([a, b]) => `tiny_pkg-${a}.${b}-py3-none-any.whl`),
      directory: fc.array(segment, { maxLength: 3 }),
      hashes: digest.map((sha256): Record<string, string> => ({ sha256 })),
      requiresPython: text,
      yanked: fc.oneof(fc.constant(true), text),
      coreMetadata: fc.oneof(
        fc.constant(true),
        digest.map((sha256) => ({ sha256 })),
      ),
      provenance: fc.webUrl(),
      gpgSig: fc.boolean(),
      size: fc.nat(),
      uploadTime: fc.constant('2026-11-23T00:00:00.000000Z'),
    },
    { requiredKeys: ['filename', 'directory', 'hashes'] },
  )
  .map(({ directory, ...file }) => ({
    ...file,
    url: ['https://files.example.com', ...directory, file.filename].join('/'),
  }));
const anyPage: fc.Arbitrary<ProjectPage> = fc.array(anyFile, { maxLength: 6 }).map((files) => ({
  name: 'tiny-pkg',
  files,
  versions: [...new Set(files.map(({ filename }) => filename.split('-')[1] ?? ''))],
  meta: { apiVersion: files.every(({ size }) => size !== undefined) ? '1.4' : '1.0' },
}));

describe('parseSimpleHtml', () => {
  it('reads the vector page as installers do', () => {
    expect(parseSimpleHtml(vectorPage, pageUrl, 'Tiny.Pkg')).toEqual({
      name: 'tiny-pkg',
      meta: { apiVersion: '1.3' },
      status: { status: 'archived', reason: 'moved & gone' },
      versions: ['0.7', '0.8', '0.9', '1.0', '1.1+local'],
      files: [
        {
          filename: 'Tiny_Pkg-1.0-py3-none-any.whl',
          url: 'https://index.example.com/files/Tiny_Pkg-1.0-py3-none-any.whl',
          hashes: { sha256: 'aaaabbbbccccdddd'.repeat(4) },
          requiresPython: '>=3.8, <4',
          coreMetadata: { sha256: '00112233445566778899aabbccddeeff'.repeat(2) },
          gpgSig: true,
        },
        {
          filename: 'tiny_pkg-1.1+local-py3-none-any.whl',
          url: 'https://cdn.example.com/a%2Bb/tiny_pkg-1.1%2Blocal-py3-none-any.whl?sig=a&b=1',
          hashes: { md5: '00112233445566778899aabbccddeeff' },
          yanked: true,
        },
        {
          filename: 'tiny-pkg-0.9.tar.gz',
          url: 'https://index.example.com/files/tiny-pkg-0.9.tar.gz',
          hashes: {},
          yanked: 'broken <build> &unknown;',
          coreMetadata: true,
          provenance: 'https://example.com/p',
        },
        {
          filename: 'tiny_pkg-0.8.zip',
          url: 'https://index.example.com/download?id=7',
          hashes: {},
          gpgSig: false,
        },
        {
          filename: 'tiny-pkg-0.7.tar.gz',
          url: 'https://index.example.com/files/tiny-pkg-0.7.tar.gz',
          hashes: {},
        },
      ],
    });
  });

  it('resolves relative links against the page', () => {
    const [file] = parseSimpleHtml('<a href="../../files/a-1.0.tar.gz">a</a>', pageUrl, 'a').files;
    expect(file?.url).toBe('https://index.example.com/files/a-1.0.tar.gz');
  });

  it.each([
    '<a href="%2e%2e%2fa-1.0.tar.gz">x</a>',
    '<a href="a%5c..%5cb-1.0.tar.gz">x</a>',
    '<a href="a%00-1.0.tar.gz">x</a>',
    '<a href="file:///etc/a-1.0.tar.gz">x</a>',
    '<a href="data:,a-1.0.tar.gz">x</a>',
    '<a href="a b-1.0.tar.gz">x</a>',
  ])('leaves out a name that is unsafe on disk or no http address: %s', (html) => {
    expect(parseSimpleHtml(html, pageUrl, 'a').files).toEqual([]);
  });

  it.each([
    '<',
    '<a ',
    '<a href="',
    '<!--',
    '<title>',
    '<a href=x.whl>',
    '</',
    "<a x='",
    '<a =',
    '&#',
    '<a\t',
  ])('stays linear on %j repeated', (piece) => {
    expect(parseSimpleHtml(piece.repeat(200_000), pageUrl, 'a').meta.apiVersion).toBe('1.0');
  });

  it('never throws on any text', () => {
    const piece = fc.constantFrom(
      '<a',
      ' href',
      '=',
      '"',
      "'",
      '>',
      '</a>',
      '<!--',
      '-->',
      'a-1.0.whl',
      '&#x41;',
      '&amp;',
      '#',
      ' ',
      '<base href=',
      '<meta name=',
      '/',
      '\0',
      'é',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(piece, { maxLength: 20 }).map((all) => all.join('')),
        ),
        (html) => {
          for (const { url, filename } of parseSimpleHtml(html, pageUrl, 'a').files) {
            expect(url).toMatch(/^https?:\/\//i);
            expect(filename).not.toMatch(/[/\\\s\0]/);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('is not led astray by tags and references named like members of objects', () => {
    const html =
      '<constructor><toString x=1><a href="a-1.0.tar.gz" data-requires-python="&valueOf;&toString;">';
    expect(parseSimpleHtml(html, pageUrl, 'a').files[0]?.requiresPython).toBe('&valueOf;&toString;');
  });

  it('refuses another major version, and bytes that are not text', () => {
    expect(() =>
      parseSimpleHtml('<meta name="pypi:repository-version" content="2.0">', pageUrl, 'a'),
    ).toThrow(expect.objectContaining({ code: 'unsupported' }));
    expect(() => parseSimpleHtml(Uint8Array.of(0xff, 0xfe), pageUrl, 'a')).toThrow(
      expect.objectContaining({ code: 'encoding' }),
    );
  });
});

describe('parseSimpleJson', () => {
  const json = (members: object): string =>
    JSON.stringify({ meta: { 'api-version': '1.1' }, name: 'a', files: [], ...members });

  it('reads every member', () => {
    const page = parseSimpleJson(
      json({
        meta: { 'api-version': '1.4', '_last-serial': 7 },
        versions: ['1.0', '2.0'],
        'project-status': { status: 'quarantined', reason: 'malware' },
        files: [
          {
            filename: 'a-1.0.tar.gz',
            url: '/f/a-1.0.tar.gz#x',
            hashes: { SHA256: 'AB'.repeat(32), bad: 5 },
            'requires-python': '>=3',
            size: 5,
            'upload-time': 't',
            yanked: '',
            'dist-info-metadata': true,
            'gpg-sig': false,
            provenance: null,
          },
        ],
      }),
      pageUrl,
    );
    expect(page).toEqual({
      name: 'a',
      meta: { apiVersion: '1.4', lastSerial: 7 },
      versions: ['1.0', '2.0'],
      status: { status: 'quarantined', reason: 'malware' },
      files: [
        {
          filename: 'a-1.0.tar.gz',
          url: 'https://index.example.com/f/a-1.0.tar.gz',
          hashes: { sha256: 'ab'.repeat(32) },
          requiresPython: '>=3',
          size: 5,
          uploadTime: 't',
          yanked: true,
          coreMetadata: true,
          gpgSig: false,
        },
      ],
    });
  });

  it('prefers core-metadata over its old name, and derives versions when they are missing', () => {
    const page = parseSimpleJson(
      json({
        files: [
          {
            filename: 'a-2.0.tar.gz',
            url: 'x',
            hashes: {},
            'core-metadata': false,
            'dist-info-metadata': true,
          },
          { filename: 'a-1.10.tar.gz', url: 'y', hashes: {} },
        ],
      }),
      pageUrl,
    );
    expect(page.files[0]?.coreMetadata).toBe(false);
    expect(page.versions).toEqual(['1.10', '2.0']);
  });

  it.each([
    [{}],
    [{ filename: 'a-1.0.tar.gz' }],
    [{ filename: '../a-1.0.tar.gz', url: 'x' }],
    [{ filename: 'a-1.0.tar.gz', url: 'javascript:x' }],
    [{ filename: 5, url: 'x' }],
    [null],
    ['a-1.0.tar.gz'],
  ])('leaves out the malformed file %j', (file) => {
    expect(parseSimpleJson(json({ files: [file] }), pageUrl).files).toEqual([]);
  });

  it('is not led astray by odd member names', () => {
    const page = parseSimpleJson(
      `{"name":"a","files":[{"filename":"a-1.0.tar.gz","url":"x","hashes":{"__proto__":"${'0'.repeat(64)}","constructor":{}}}],"__proto__":{"x":1}}`,
      pageUrl,
    );
    expect(Object.keys(page.files[0]?.hashes ?? {})).toEqual([]);
  });

  it.each(['', '{', 'null', '[]', '{"name":"a"}', '{"files":[]}', '<html>'])('refuses %j', (text) => {
    expect(() => parseSimpleJson(text, pageUrl)).toThrow(expect.objectContaining({ code: 'syntax' }));
  });

  it('refuses another major version', () => {
    expect(() => parseSimpleJson(json({ meta: { 'api-version': '2.0' } }), pageUrl)).toThrow(
      expect.objectContaining({ code: 'unsupported' }),
    );
  });

  it('takes any JSON without another error than its own', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (files, meta) => {
        try {
          parseSimpleJson(json({ files, meta }), pageUrl);
        } catch (error) {
          expect(error).toMatchObject({ name: 'ProtocolError' });
        }
      }),
    );
  });
});

describe('rendering', () => {
  it('JSON comes back as it was', () => {
    fc.assert(
      fc.property(anyPage, (page) => {
        expect(parseSimpleJson(renderSimpleJson(page), pageUrl)).toEqual(page);
      }),
    );
  });

  it('HTML comes back as it was, but for what HTML cannot say', () => {
    fc.assert(
      fc.property(anyPage, (page) => {
        const { files } = parseSimpleHtml(renderSimpleHtml(page), pageUrl, page.name);
        expect(files).toEqual(page.files.map(({ size: _size, uploadTime: _time, ...file }) => file));
      }),
    );
  });

  it('escapes everything that an upstream could say', () => {
    const hostile = `"><script>alert(1)</script>&amp;'`;
    const html = renderSimpleHtml({
      name: hostile,
      versions: [],
      meta: { apiVersion: '1.0' },
      status: { status: hostile, reason: hostile },
      files: [
        {
          filename: hostile,
          url: hostile,
          hashes: { sha256: hostile },
          requiresPython: hostile,
          yanked: hostile,
          provenance: hostile,
        },
      ],
    });
    expect(html).not.toContain('<script');
    expect(html).not.toMatch(/alert\(1\)[^&]*</);
    expect(html.match(/<(?!\/)[a-z]+/g)).toEqual([
      '<html',
      '<head',
      '<meta',
      '<meta',
      '<meta',
      '<meta',
      '<title',
      '<body',
      '<h',
      '<a',
      '<br',
    ]);
  });

  it('writes both names of the metadata member, and claims only what the sizes allow', () => {
    const page: ProjectPage = {
      name: 'a',
      versions: [],
      meta: { apiVersion: '1.1' },
      files: [{ filename: 'a-1.tar.gz', url: 'x', hashes: {}, coreMetadata: true }],
    };
    expect(JSON.parse(renderSimpleJson(page))).toMatchObject({
      meta: { 'api-version': '1.0' },
      files: [{ 'core-metadata': true, 'dist-info-metadata': true, yanked: false }],
    });
    expect(renderSimpleHtml(page)).toContain('data-core-metadata="true" data-dist-info-metadata="true"');
  });

  it('lists projects', () => {
    expect(JSON.parse(renderProjectListJson(['a', 'b']))).toEqual({
      meta: { 'api-version': '1.4' },
      projects: [{ name: 'a' }, { name: 'b' }],
    });
    expect(renderProjectListHtml(['a', 'b'])).toContain('<a href="a/">a</a><br>\n<a href="b/">b</a>');
  });
});
