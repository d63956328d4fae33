/** Errors, sorted by who must act. Messages hold no address, phone number, token or record content. */

/** Something wrong at one place of a file, in words that say what to do. */
export interface Problem {
  readonly file: string;
  /** 1-based. */
  readonly line?: number;
  /** 1-based. */
  readonly column?: number;
  readonly message: string;
}

/** `file:line:column: message`, leaving out what is not known. */
export function formatProblem(problem: Problem): string {
  const where = [problem.file, problem.line, problem.column].filter((part) => part !== undefined).join(':');
  return `${where}: ${problem.message}`;
}

/** The admin must act: settings or arguments are wrong. All problems at once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** The rule author must act. All problems of all files at once. */
export class RuleError extends Error {
  override readonly name = 'RuleError';
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.problems = problems;
  }
}

/** The person who exported the file must act: it cannot be read on from here. */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly problem: Problem;
  constructor(problem: Problem, options?: { cause?: unknown }) {
    super(formatProblem(problem), options);
    this.problem = problem;
  }
}

/** Why a service did not do what it was asked. */
export type UpstreamCode =
  | 'THROTTLED'
  | 'UNAVAILABLE'
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'NOT_LICENSED'
  | 'NOT_FOUND'
  | 'REFUSED'
  | 'TOO_LARGE'
  | 'UNREADABLE';

/** A service failed us. THROTTLED and UNAVAILABLE pass by themselves; the rest is shown on health. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  /** `graph`, `tables`, `service-bus`, or a channel's transport. */
  readonly service: string;
  readonly code: UpstreamCode;
  /** How long the service asked us to wait. */
  readonly retryAfterMs?: number;
  constructor(service: string, code: UpstreamCode, options: { retryAfterMs?: number; cause?: unknown } = {}) {
    super(`${service}: ${code}`, { cause: options.cause });
    this.service = service;
    this.code = code;
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
  }
}

/** Whether waiting helps. */
export function passesByItself(error: unknown): error is UpstreamError {
  return error instanceof UpstreamError && (error.code === 'THROTTLED' || error.code === 'UNAVAILABLE');
}

/** Why a message could not be handed to a provider. */
export type DeliveryCode = 'THROTTLED' | 'UNAVAILABLE' | 'REFUSED' | 'BAD_ADDRESS' | 'STOPPED' | 'MISCONFIGURED';

/**
 * A transport did not take a message. THROTTLED and UNAVAILABLE pass by themselves. BAD_ADDRESS: it cannot be written
 * to. STOPPED: the recipient told the carrier or provider to stop. REFUSED: the provider wants nothing of this message.
 * MISCONFIGURED: the admin must act; another transport may do.
 */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';
  /** `Transport.name`. */
  readonly transport: string;
  readonly code: DeliveryCode;
  /** How long the provider asked us to wait. */
  readonly retryAfterMs?: number;
  constructor(transport: string, code: DeliveryCode, options: { retryAfterMs?: number; cause?: unknown } = {}) {
    super(`${transport}: ${code}`, { cause: options.cause });
    this.transport = transport;
    this.code = code;
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
  }
}

/** What may be said of an error that was not expected: its kind and code, never its text, which may hold content. */
export function faultOf(error: unknown): { readonly fault: string } {
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown };
  const parts = [typeof name === 'string' ? name : typeof error, typeof code === 'string' ? code : undefined];
  return { fault: parts.filter(Boolean).join(' ') };
}
