import { type FileHandle, open } from 'node:fs/promises';
import type { Blob, BlobStore, BlobWriter } from '../core/ports/index.ts';
import type { ArrivalReader } from './arrival.ts';

/**
 * The bytes of one transfer on their way from one producer to any number of readers. They go to a blob writer and
 * readers follow its file, so that a slow reader holds up nobody and costs no memory. When the disk takes no more, the
 * rest goes through memory piece by piece at the pace of the slowest reader, and is not kept.
 */
export class ArrivingFile {
  /** Bytes of the whole; set before the first `take`, when known. */
  total: number | undefined;

  readonly #deserted: () => void;
  readonly #readers = new Set<{ position: number }>();
  readonly #waiting = new Set<() => void>();
  #writer: BlobWriter | undefined;
  #file: FileHandle | undefined;
  /** Bytes that the file holds. */
  #written = 0;
  /** The latest piece, once the disk takes no more. */
  #tail: { start: number; chunk: Uint8Array } | undefined;
  #received = 0;
  #released = false;
  #state: { kind: 'running' } | { kind: 'verified' } | { kind: 'failed'; error: unknown } = {
    kind: 'running',
  };

  /** @param deserted called each time that the last reader leaves while bytes are still missing. */
  constructor(deserted: () => void) {
    this.#deserted = deserted;
  }

  get received(): number {
    return this.#received;
  }

  /** Bytes that readers may have: not the last one before all were verified. */
  get available(): number {
    if (this.#state.kind === 'verified' || this.total === undefined) return this.#received;
    return Math.max(0, Math.min(this.#received, this.total - 1));
  }

  /** Whether all that has arrived is on disk. */
  get kept(): boolean {
    return this.#tail === undefined;
  }

  /** Whether a newcomer can have everything from the beginning. */
  get joinable(): boolean {
    return this.kept && !this.#released && this.#state.kind !== 'failed';
  }

  async open(blobs: BlobStore): Promise<void> {
    try {
      this.#writer = await blobs.create();
      this.#file = await open(this.#writer.path, 'r');
    } catch {
      await this.#stopKeeping();
    }
  }

  /** Adds the next bytes; settles when there is room for more. */
  async take(chunk: Uint8Array): Promise<void> {
    if (this.#writer !== undefined) await this.#writer.write(chunk).catch(() => this.#stopKeeping());
    if (this.#writer !== undefined) this.#written += chunk.length;
    else this.#tail = { start: this.#received, chunk };
    this.#received += chunk.length;
    this.#wake();
    while (this.#tail !== undefined && this.#isAwaited()) await this.#progress();
  }

  /** Lets the readers have the end, then publishes the blob; `undefined` when the disk did not take it. */
  async verified(): Promise<Blob | undefined> {
    this.#state = { kind: 'verified' };
    this.#wake();
    return this.#writer?.commit().catch(() => undefined);
  }

  async failed(error: unknown): Promise<void> {
    this.#state = { kind: 'failed', error };
    this.#wake();
    await this.#stopKeeping();
    this.release();
  }

  /** Nobody joins from here on; the file is closed when the last reader has left. */
  release(): void {
    this.#released = true;
    this.#closeWhenLeft();
  }

  /** Opens a reader at `first`; only while `joinable`. */
  join(first: number): ArrivalReader {
    const reader = { position: first };
    const total = () => this.total;
    this.#readers.add(reader);
    return {
      first,
      get total() {
        return total();
      },
      read: (into) => this.#read(reader, into),
      leave: () => this.#leave(reader),
    };
  }

  async #read(reader: { position: number }, into: Uint8Array): Promise<number> {
    for (;;) {
      if (this.#state.kind === 'failed') throw this.#state.error;
      const count = await this.#copy(reader.position, into);
      if (count > 0) {
        reader.position += count;
        if (this.#tail !== undefined) this.#wake();
        return count;
      }
      if (this.#state.kind === 'verified' && reader.position >= this.#received) return 0;
      await this.#progress();
    }
  }

  async #copy(position: number, into: Uint8Array): Promise<number> {
    const end = this.available;
    const inFile = Math.min(end, this.#written) - position;
    if (inFile > 0 && this.#file !== undefined) {
      const { bytesRead } = await this.#file.read(into, 0, Math.min(into.length, inFile), position);
      return bytesRead;
    }
    if (this.#tail === undefined || position < this.#tail.start || position >= end) return 0;
    const from = position - this.#tail.start;
    const piece = this.#tail.chunk.subarray(from, Math.min(end - this.#tail.start, from + into.length));
    into.set(piece);
    return piece.length;
  }

  #leave(reader: { position: number }): void {
    this.#readers.delete(reader);
    this.#wake();
    if (this.#readers.size === 0 && this.#state.kind === 'running') this.#deserted();
    this.#closeWhenLeft();
  }

  #isAwaited(): boolean {
    if (this.#state.kind !== 'running') return false;
    for (const reader of this.#readers) if (reader.position < this.available) return true;
    return false;
  }

  #progress(): Promise<void> {
    return new Promise((wake) => this.#waiting.add(wake));
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  async #stopKeeping(): Promise<void> {
    const writer = this.#writer;
    this.#writer = undefined;
    await writer?.discard().catch(() => undefined);
  }

  #closeWhenLeft(): void {
    if (this.#readers.size > 0 || !this.#released) return;
    const file = this.#file;
    this.#file = undefined;
    file?.close().catch(() => undefined);
  }
}
