import { isProjectName, normalizeProjectName } from '@pkgauth/protocol';

/**
 * The project names of a simple index's root page, normalised and sorted: PEP 691 JSON, or the anchors' texts of PEP
 * 503 HTML. What is no project name is left out. Throws when it is neither.
 */
export function parseProjectList(text: string, notation: 'json' | 'html'): string[] {
  const names = notation === 'json' ? namesInJson(text) : namesInHtml(text);
  return [...new Set(names.filter(isProjectName).map(normalizeProjectName))].sort();
}

function namesInJson(text: string): string[] {
  const { projects } = JSON.parse(text) as { projects?: unknown };
  if (!Array.isArray(projects)) throw new Error('no list of projects');
  return projects.flatMap((project: { name?: unknown } | null) =>
    typeof project?.name === 'string' ? [project.name] : [],
  );
}

/** One pass by `indexOf`: the page of a large index has 60 MB. */
function namesInHtml(html: string): string[] {
  const names: string[] = [];
  for (let at = nextAnchor(html, 0); at !== -1; at = nextAnchor(html, at)) {
    const open = html.indexOf('>', at);
    const close = html.indexOf('<', open + 1);
    if (open === -1 || close === -1) break;
    names.push(html.slice(open + 1, close).trim());
    at = close;
  }
  return names;
}

function nextAnchor(html: string, from: number): number {
  for (let at = html.indexOf('<', from); at !== -1; at = html.indexOf('<', at + 1)) {
    if (/^<a\s/i.test(html.slice(at, at + 3))) return at;
  }
  return -1;
}
