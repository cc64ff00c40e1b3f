import { readFileSync } from 'node:fs';
import autocannon from 'autocannon';

/** CPU time that a process has used so far, microseconds (user + system, from /proc). */
export function cpuMicroseconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const ticks = Number(fields[11]) + Number(fields[12]);
  return (ticks / 100) * 1_000_000;
}

export type Load = {
  url: string;
  headers?: Record<string, string>;
  method?: 'GET' | 'POST';
  connections?: number;
  body?: string;
};
export type Rate = {
  perSecond: number;
  p99: number;
  cpuPerRequest: number;
  megabytesPerSecond: number;
  failed: number;
};

/** Loads one loopback server for `seconds` and reads what that cost its process. */
export async function measureRate(pid: number, load: Load, seconds: number): Promise<Rate> {
  const before = cpuMicroseconds(pid);
  const result = await autocannon({
    url: load.url,
    duration: seconds,
    connections: load.connections ?? 32,
    method: load.method ?? 'GET',
    ...(load.headers ? { headers: load.headers } : {}),
    ...(load.body === undefined ? {} : { body: load.body }),
  });
  const total = result.requests.total;
  // 304 is what a conditional request is for; its type description forgets the field.
  const { '3xx': notModified = 0 } = result as { '3xx'?: number };
  return {
    perSecond: result.requests.average,
    p99: result.latency.p99,
    cpuPerRequest: (cpuMicroseconds(pid) - before) / Math.max(1, total),
    megabytesPerSecond: result.throughput.average / 1_000_000,
    failed: result.non2xx - notModified + result.errors + result.timeouts,
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Runs the contestants in turn, `rounds` times, so that drift of the machine hits all of them alike. */
export async function inTurn<T>(
  rounds: number,
  contestants: Record<string, () => Promise<T>>,
): Promise<Record<string, T[]>> {
  const results: Record<string, T[]> = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(contestants)) results[name]?.push(await run());
  }
  return results;
}

/** Median of the round-by-round ratios. */
export function ratio(ours: readonly number[], peers: readonly number[]): number {
  return median(ours.map((value, round) => value / (peers[round] ?? Number.NaN)));
}
