/** Wall clock; tests move it by hand. */
export type Clock = {
  /** Milliseconds since the Unix epoch. */
  now(): number;
};

/** Cryptographically secure randomness. */
export type Random = {
  bytes(length: number): Uint8Array;
};

/** Time that passes; tests let it pass by hand. */
export type Timers = {
  /**
   * Runs `work` every so many milliseconds until the answered function is called; a round is left out while the last
   * one is still running. What `work` throws is dropped: it must report for itself. Never keeps the process alive.
   */
  every(milliseconds: number, work: () => Promise<void>): () => void;
  /** Resolves after so many milliseconds, or as soon as the signal aborts. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
};

/** Hashing and sealing with the service's keys; the only cryptography that the core calls. */
export type Crypto = {
  /** Lower-case hex SHA-256 of the UTF-8 text. */
  sha256(text: string): string;
  /** Encrypts under the service's own key (AES-256-GCM); `context` is authenticated, not stored. */
  seal(text: string, context: string): string;
  /** Inverse of `seal`; throws when text or context was altered. */
  open(sealed: string, context: string): string;
  /** As `seal`, under a key derived (HKDF-SHA-256) from `secret`. */
  sealWith(secret: string, text: string, context: string): string;
  openWith(secret: string, sealed: string, context: string): string;
  /** Compares two secrets in constant time. */
  equal(a: string, b: string): boolean;
  hashPassword(password: string): Promise<string>;
  verifyPassword(hash: string, password: string): Promise<boolean>;
};

/** Who asks, for sessions, audit and rate limits. */
export type RequestContext = {
  requestId: string;
  ip: string;
  userAgent: string;
};
