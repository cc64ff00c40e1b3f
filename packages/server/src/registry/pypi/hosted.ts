import { readFile } from 'node:fs/promises';
import type { HostedFile } from '../../core/model.ts';
import type { BlobStore, HostedFileStorage } from '../../core/ports/index.ts';
import type { DistributionFile, HostedIndex, ProjectPage } from './source.ts';

/** Hosted registries as PyPI indexes: rows from storage, bytes from the blob store. */
export function createHostedIndex(deps: { files: HostedFileStorage; blobs: BlobStore }): HostedIndex {
  const { files, blobs } = deps;
  return {
    async project(registryId, name) {
      const rows = await files.listOfProject(registryId, name);
      return rows.length === 0 ? undefined : pageOf(name, rows);
    },
    async exists(registryId, name) {
      return (await files.listOfProject(registryId, name)).length > 0;
    },
    async file(registryId, filename) {
      const row = await files.get(registryId, filename);
      return row && blobs.find(row.sha256);
    },
    async metadata(registryId, filename) {
      const row = await files.get(registryId, filename);
      if (row?.metadataSha256 == null) return undefined;
      const blob = await blobs.find(row.metadataSha256);
      return blob && readFile(blob.path);
    },
    async projects(registryId) {
      return (await files.listProjects(registryId)).sort();
    },
  };
}

function pageOf(name: string, rows: readonly HostedFile[]): ProjectPage {
  const byUpload = [...rows].sort(
    (a, b) => a.uploadedAt - b.uploadedAt || (a.filename < b.filename ? -1 : 1),
  );
  return {
    name,
    files: byUpload.map(fileOf),
    versions: [...new Set(byUpload.map(({ version }) => version))],
  };
}

function fileOf(row: HostedFile): DistributionFile {
  return {
    filename: row.filename,
    url: row.filename,
    hashes: { sha256: row.sha256 },
    size: row.size,
    uploadTime: new Date(row.uploadedAt).toISOString(),
    ...(row.requiresPython === null ? {} : { requiresPython: row.requiresPython }),
    ...(row.yanked === null ? {} : { yanked: row.yanked === '' ? true : row.yanked }),
    ...(row.metadataSha256 === null ? {} : { coreMetadata: { sha256: row.metadataSha256 } }),
  };
}
