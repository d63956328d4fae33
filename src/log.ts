/** Log lines: one JSON object each, `{"message":…, fields}`, written where the current invocation writes. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Log, LogFields } from './ports.ts';
import { TELEMETRY } from './telemetry.ts';

/** Where lines go: `InvocationContext` of @azure/functions is one, and so is `console`. */
export interface LogSink {
  readonly info: (line: string) => void;
  readonly warn: (line: string) => void;
  readonly error: (line: string) => void;
}

const current = new AsyncLocalStorage<LogSink>();

/** Runs `work`; what it logs goes to `sink`. The host ties lines to the invocation by it. */
export function logTo<T>(sink: LogSink, work: () => T): T {
  return current.run(sink, work);
}

/** The log. Outside of `logTo` lines go to `fallback`. */
export function createLog(fallback: LogSink = console): Log {
  const write = (level: keyof LogSink, message: string, fields: LogFields = {}) =>
    (current.getStore() ?? fallback)[level](JSON.stringify({ message, ...fields }));
  return {
    info: (message, fields) => write('info', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    error: (message, fields) => write('error', message, fields),
    tell: (message, fields) => write(TELEMETRY[message].level, message, fields as LogFields),
  };
}
