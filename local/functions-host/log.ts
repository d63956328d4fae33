/** What the host and the functions say. */
import type { LogCategory, LogLevel } from './core.ts';

/** One log line. */
export interface HostLogEntry {
  readonly level: LogLevel;
  readonly category: LogCategory;
  readonly message: string;
  /** Absent when the line is not about one function. */
  readonly functionName?: string;
  readonly invocationId?: string;
}

/** Receives every log line, in order. Must not throw. */
export type HostLog = (entry: HostLogEntry) => void;

/** `level function: message`, for terminals. */
export function formatHostLog(entry: HostLogEntry): string {
  const about = entry.functionName === undefined ? '' : ` ${entry.functionName}`;
  return `${entry.level}${about}: ${entry.message}`;
}

/** Warnings and errors to standard error: what is used when nobody asks for the log. */
export const warningsToStderr: HostLog = (entry) => {
  if (['warning', 'error', 'critical'].includes(entry.level)) console.error(formatHostLog(entry));
};

/** What was thrown, in one line. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.split('\n', 1)[0] ?? '';
}

/** What was thrown, with its stack where there is one. */
export function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? String(error)) : String(error);
}
