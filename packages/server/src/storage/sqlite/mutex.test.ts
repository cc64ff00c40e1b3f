import { describe, expect, it } from 'vitest';
import { createMutex } from './mutex.ts';

describe('a mutex', () => {
  it('lets one holder in at a time, in the order of asking', async () => {
    const mutex = createMutex();
    const log: string[] = [];
    const hold = async (name: string) => {
      await mutex.acquire();
      log.push(`${name} in`);
      await new Promise((resolve) => setImmediate(resolve));
      log.push(`${name} out`);
      mutex.release();
    };
    await Promise.all(['a', 'b', 'c'].map(hold));
    expect(log).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
    await hold('d');
    expect(log.slice(-2)).toEqual(['d in', 'd out']);
  });
});
