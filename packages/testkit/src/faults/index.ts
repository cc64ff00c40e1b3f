/**
 * Faults of the operating system, put where they hurt: a process killed at, or refused, one chosen system call (strace).
 * Knows no product code. To add a kind of fault, extend `SystemFault`.
 */
export * from './system-calls.ts';
