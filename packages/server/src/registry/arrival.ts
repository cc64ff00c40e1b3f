/**
 * One reader's place in a file that still arrives from an upstream: one transfer, any number of readers, each at its
 * own pace.
 *
 * Bytes become visible in order; the last of them only after the whole was verified, so that nobody receives a
 * complete body that turned out to be wrong.
 */
export type ArrivalReader = {
  /** Where this reader began. */
  readonly first: number;
  /** Bytes of the whole file; `undefined` when the upstream did not say. */
  readonly total: number | undefined;
  /**
   * Reads the next bytes into `into`, waiting until there are some; answers how many, 0 at the verified end.
   * Rejects when the transfer failed or the content was wrong.
   */
  read(into: Uint8Array): Promise<number>;
  /** Must be called once by every reader, at the end or when its client has gone. */
  leave(): void;
};
