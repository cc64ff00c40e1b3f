/**
 * Read buffers that are used again. Large ones are few; when all are out, small ones stand in, so that a thousand
 * slow clients cost 16 MiB and not 256.
 */
export type BufferPool = {
  take(): Buffer;
  /** Only for a buffer that nothing writes or reads any more. */
  give(buffer: Buffer): void;
  /** For one that something may still hold, after an aborted write for example: it is left to the collector. */
  lose(buffer: Buffer): void;
};

const large = 256 * 1024;
const small = 16 * 1024;
const mostLarge = 64;

export function createBufferPool(): BufferPool {
  const free: Buffer[] = [];
  let out = 0;
  return {
    take() {
      if (out >= mostLarge) return Buffer.allocUnsafeSlow(small);
      out += 1;
      return free.pop() ?? Buffer.allocUnsafeSlow(large);
    },
    give(buffer) {
      if (buffer.length !== large) return;
      out -= 1;
      free.push(buffer);
    },
    lose(buffer) {
      if (buffer.length === large) out -= 1;
    },
  };
}
