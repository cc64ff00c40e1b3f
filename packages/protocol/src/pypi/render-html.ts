import { escapeHtml } from '../encoding/html.ts';
import { apiVersionFor, type DistributionFile, type ProjectPage } from './project-page.ts';

const attribute = (name: string, value: string | undefined): string =>
  value === undefined ? '' : ` ${name}="${escapeHtml(value)}"`;

/** The hash that installers like best, as `algorithm=digest`. */
const preferredHash = (hashes: Record<string, string>): string | undefined => {
  const algorithm = hashes.sha256 === undefined ? Object.keys(hashes)[0] : 'sha256';
  return algorithm === undefined ? undefined : `${algorithm}=${hashes[algorithm]}`;
};

const metadataValue = (value: DistributionFile['coreMetadata']): string | undefined => {
  if (value === undefined || value === false) return undefined;
  return value === true ? 'true' : (preferredHash(value) ?? 'true');
};

const renderFile = (file: DistributionFile): string => {
  const hash = preferredHash(file.hashes);
  const metadata = metadataValue(file.coreMetadata);
  const { yanked } = file;
  const attributes =
    attribute('href', hash === undefined ? file.url : `${file.url}#${hash}`) +
    attribute('data-requires-python', file.requiresPython) +
    attribute('data-yanked', yanked === true ? '' : yanked === false ? undefined : yanked) +
    attribute('data-core-metadata', metadata) +
    attribute('data-dist-info-metadata', metadata) +
    attribute('data-gpg-sig', file.gpgSig === undefined ? undefined : String(file.gpgSig)) +
    attribute('data-provenance', file.provenance);
  return `<a${attributes}>${escapeHtml(file.filename)}</a><br>\n`;
};

const renderDocument = (apiVersion: string, title: string, head: string, body: string): string =>
  `<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="pypi:repository-version" content="${apiVersion}">\n` +
  `${head}<title>${escapeHtml(title)}</title>\n</head>\n<body>\n<h1>${escapeHtml(title)}</h1>\n${body}</body>\n</html>\n`;

const renderStatus = ({ status }: ProjectPage): string => {
  if (status === undefined) return '';
  const reason = attribute('content', status.reason);
  return (
    `<meta name="pypi:project-status"${attribute('content', status.status)}>\n` +
    (reason === '' ? '' : `<meta name="pypi:project-status-reason"${reason}>\n`)
  );
};

/** Writes a project page as `text/html` or `application/vnd.pypi.simple.v1+html` (PEP 503); all text is escaped. */
export const renderSimpleHtml = (page: ProjectPage): string =>
  renderDocument(
    apiVersionFor(page.files),
    `Links for ${page.name}`,
    renderStatus(page),
    page.files.map(renderFile).join(''),
  );

/** Writes the list of projects (PEP 503); each links to `<name>/`. */
export const renderProjectListHtml = (names: readonly string[]): string =>
  renderDocument(
    '1.4',
    'Simple index',
    '',
    names.map((name) => `<a${attribute('href', `${name}/`)}>${escapeHtml(name)}</a><br>\n`).join(''),
  );
