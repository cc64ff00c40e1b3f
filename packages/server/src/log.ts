import { redactText } from '@pkgauth/protocol';
import pino from 'pino';

/** Structured log. Fields must never hold a secret, a query string or a header that the client sent. */
export type Log = {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** Whether `debug` writes anything; spares the hot path the making of fields. */
  readonly debugEnabled: boolean;
};
export type LogFields = Record<string, unknown>;
export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug';

/** A stalled reader of the log must not stall the service: beyond this many bytes, lines are dropped. */
const largestBacklog = 8 * 1024 * 1024;

/** One JSON object per line on `descriptor` (2 = stderr); every text in it passes through `redactText`. */
export function createLog(level: LogLevel, descriptor = 2): Log {
  const destination = pino.destination({ dest: descriptor, sync: false, maxLength: largestBacklog });
  const logger = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: { error: describeError } },
    destination,
  );
  const write = (at: 'debug' | 'info' | 'warn' | 'error') => (fields: LogFields, message: string) =>
    logger[at](redactFields(fields), redactText(message));
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    debugEnabled: logger.isLevelEnabled('debug'),
  };
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {}, debugEnabled: false };

function redactFields(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'string' ? redactText(value) : value,
    ]),
  );
}

/** Message, code and stack of an error and its causes. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return redactText(String(error));
  const { code } = error as { code?: unknown };
  return {
    name: error.name,
    message: redactText(error.message),
    ...(typeof code === 'string' ? { code } : {}),
    stack: redactText(error.stack ?? ''),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}
