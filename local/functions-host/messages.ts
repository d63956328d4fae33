/** What the host's own process and its parent say to each other. Structured clone: bytes and undefined survive. */
import type { AccessKeys } from './access-keys.ts';
import type { Outcome } from './invoker.ts';
import { type HostLogEntry, messageOf } from './log.ts';
import type { FunctionsHostOptions } from './start.ts';
import type { FunctionSummary } from './summary.ts';
import type { TimerCall } from './timers.ts';

/** What can be handed to another process. */
export type SendableOptions = Omit<FunctionsHostOptions, 'log' | 'now'>;

/** To the host. The first is `start`; each of the others is answered. */
export type Ask =
  | { readonly ask: 'start'; readonly options: SendableOptions; readonly log: boolean }
  | { readonly ask: 'invokeTimer'; readonly id: number; readonly name: string; readonly call: TimerCall }
  | { readonly ask: 'running'; readonly id: number }
  | { readonly ask: 'stop'; readonly id: number; readonly drainMs?: number };

/** From the host. */
export type Told =
  | { readonly tell: 'ready'; readonly ready: Ready }
  | { readonly tell: 'failed'; readonly problems: readonly string[] }
  | { readonly tell: 'log'; readonly entries: readonly HostLogEntry[] }
  | { readonly tell: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly tell: 'refusal'; readonly id: number; readonly problems: readonly string[] };

/** What the host says of itself once it serves. */
export interface Ready {
  readonly url: string;
  readonly keys: AccessKeys;
  readonly functions: readonly FunctionSummary[];
}

/** What became of a timer run. The error's message is that of the function. */
export type TimerOutcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly error: { readonly name: string; readonly message: string } };

/** An outcome that can be sent. */
export function toTimerOutcome(outcome: Outcome): TimerOutcome {
  if (outcome.ok) return { ok: true };
  const { error } = outcome;
  const name = error instanceof Error ? error.name : 'Error';
  return { ok: false, error: { name, message: error instanceof Error ? error.message : messageOf(error) } };
}
