/**
 * A file while it arrives from an upstream: one transfer, any number of readers, each at its own pace.
 *
 * Bytes become visible in order; the last of them only after the whole was verified, so that nobody receives a
 * complete body that turned out to be wrong.
 */
export type Arrival = {
  /** Bytes; `undefined` when the upstream did not say. */
  readonly total: number | undefined;
  /** Opens a reader that begins at `position`. Throws when those bytes are gone. */
  join(position: number): ArrivalReader;
};

export type ArrivalReader = {
  /**
   * Reads the next bytes into `into`, waiting until there are some; answers how many, 0 at the verified end.
   * Rejects when the transfer failed or the content was wrong.
   */
  read(into: Uint8Array): Promise<number>;
  /** Must be called once by every reader, at the end or when its client has gone. */
  leave(): void;
};
