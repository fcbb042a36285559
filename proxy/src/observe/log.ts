import pino from 'pino';
import { ProxyError } from '../core/errors.js';
import { Sink } from './sink.js';

/** Fields of a line besides its message; an Error is written with its code, its message and its cause. */
export type LogFields = Readonly<Record<string, unknown>>;

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** What the proxy tells whoever runs it: starts, reloads, failures. Requests stand in the access log. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** Writes what waits; for the event 'exit'. */
  flushSync(): void;
}

/**
 * A log of JSON lines with `time`, `level` and `message`. Like the access log it never waits for whoever reads it.
 * @param level lines below it are left out. Default: 'info'
 * @param sink where they go. Default: standard error, so that no line comes between those of the access log
 */
export function createLog(level: LogLevel = 'info', sink = new Sink(2)): Log {
  const logger = pino(
    {
      level,
      // neither process id nor host name: they say nothing inside a container
      base: null,
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: describe },
    },
    { write: (line) => sink.write(ascii(line)) },
  );
  return {
    debug: (message, fields = {}) => logger.debug(fields, message),
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    error: (message, fields = {}) => logger.error(fields, message),
    flushSync: () => sink.flushSync(),
  };
}

/** A log that says nothing, for tests. */
export const silent: Log = { debug() {}, info() {}, warn() {}, error() {}, flushSync() {} };

/**
 * The level that the variable LOG_LEVEL asks for; 'info' when it is not set.
 * @throws ProxyError EDGE_CONFIG when it is no level
 */
export function readLevel(value: string | undefined): LogLevel {
  if (value === undefined || value === '') return 'info';
  const level = logLevels.find((name) => name === value.toLowerCase());
  if (level !== undefined) return level;
  throw new ProxyError(
    'EDGE_CONFIG',
    `LOG_LEVEL: '${value}' is no level; take one of ${logLevels.join(', ')}`,
  );
}

/** The same JSON in ASCII, as sinks want it. Outside of strings JSON is ASCII anyway. */
function ascii(line: string): string {
  return line.replace(/[^\n -~]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** An error as people need it: the stack only when nobody expected it. */
function describe(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  return {
    ...(code === undefined ? {} : { code }),
    message: error.message,
    ...(error.cause === undefined ? {} : { cause: describe(error.cause) }),
    ...(error instanceof ProxyError || code !== undefined ? {} : { stack: error.stack }),
  };
}
