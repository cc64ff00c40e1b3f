/** A finished blob on disk: complete, and known to have this hash. */
export type Blob = {
  sha256: string /** Bytes. */;
  size: number /** Absolute path; never changes content. */;
  path: string;
};

/**
 * Content-addressed files. A blob becomes visible only by an atomic rename after its bytes were hashed and synced,
 * so that a kill at any moment leaves either the whole blob or a temporary file that the next start sweeps away.
 */
export type BlobStore = {
  find(sha256: string): Promise<Blob | undefined>;
  create(): Promise<BlobWriter>;
};

export type BlobWriter = {
  /** Bytes written so far. */
  readonly size: number;
  /** Path of the growing temporary file, for readers that follow it. */
  readonly path: string;
  write(chunk: Uint8Array): Promise<void>;
  /** Syncs, checks `sha256` when given, publishes. Throws and discards when the hash differs. */
  commit(sha256?: string): Promise<Blob>;
  discard(): Promise<void>;
};
