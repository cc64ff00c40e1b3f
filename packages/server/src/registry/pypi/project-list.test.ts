import { renderProjectListHtml, renderProjectListJson } from '@pkgauth/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseProjectList } from './project-list.ts';

describe('project list of an upstream', () => {
  it('reads what an index writes, in both notations', () => {
    const names = fc.uniqueArray(
      fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/).filter((name) => !name.includes('--')),
    );
    fc.assert(
      fc.property(names, (list) => {
        const sorted = [...list].sort();
        expect(parseProjectList(renderProjectListJson(list), 'json')).toEqual(sorted);
        expect(parseProjectList(renderProjectListHtml(list), 'html')).toEqual(sorted);
      }),
    );
  });

  it('normalises names, leaves out what is none, and lists each once', () => {
    const html = `<A\n HREF='/simple/x/'> Foo.Bar </A><a href="b/">foo_bar</a><abbr>no</abbr><a href=x>../up</a><a href="c">c`;
    expect(parseProjectList(html, 'html')).toEqual(['foo-bar']);
    const json = JSON.stringify({ projects: [{ name: 'Foo.Bar' }, { name: 3 }, null, 'x', { name: '<b>' }] });
    expect(parseProjectList(json, 'json')).toEqual(['foo-bar']);
  });

  it.each(['', 'null', '[]', '{}', '{"projects":3}', '<html>'])('refuses %j as JSON', (text) => {
    expect(() => parseProjectList(text, 'json')).toThrow();
  });

  it('N08 ends for whatever HTML, however it is broken', () => {
    const piece = fc.constantFrom('<a ', '<a>', '</a>', '<', '>', 'href="', 'name', '<a href=x>y', ' ');
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 200 }),
        (pieces) => void parseProjectList(pieces.join(''), 'html'),
      ),
    );
    expect(parseProjectList('<a '.repeat(200_000), 'html')).toEqual([]);
    expect(parseProjectList('<'.repeat(200_000), 'html')).toEqual([]);
  });
});
