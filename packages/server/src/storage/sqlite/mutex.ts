/** Lets one holder in at a time, in the order of asking. */
export type Mutex = {
  acquire(): Promise<void>;
  release(): void;
};

export function createMutex(): Mutex {
  const waiting: (() => void)[] = [];
  let held = false;
  return {
    acquire() {
      if (!held) {
        held = true;
        return Promise.resolve();
      }
      return new Promise((resolve) => waiting.push(resolve));
    },
    release() {
      const next = waiting.shift();
      if (next) next();
      else held = false;
    },
  };
}
