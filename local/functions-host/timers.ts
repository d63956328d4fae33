/** Timer functions: by the clock, or by hand when a replay drives them. A timer never overlaps itself. */
import type { HostClock } from './clock.ts';
import type { Invoker, Outcome } from './invoker.ts';
import { messageOf } from './log.ts';
import { type Registry, systemLine } from './registry.ts';
import { mayRetry, retryDelayMs } from './retry.ts';
import type { ScheduleStatus, ScheduleStore } from './schedule-store.ts';
import type { HostedFunction, TimerTrigger } from './triggers.ts';

/** What a timer run by hand is told. */
export interface TimerCall {
  /** Default: what the host remembers of this timer. */
  readonly scheduleStatus?: ScheduleStatus;
  readonly isPastDue?: boolean;
}

/** The timers of a host. */
export interface Timers {
  /** Starts those that are not disabled. */
  start(): void;
  /** Runs one, retries included, after a run that is under way. */
  invoke(one: HostedFunction<TimerTrigger>, call: TimerCall): Promise<Outcome>;
  /** Starts no further run or retry. */
  stop(): void;
}

/** What timers need. */
export interface TimersOptions {
  readonly functions: readonly HostedFunction<TimerTrigger>[];
  readonly invoker: Invoker;
  readonly clock: HostClock;
  readonly store: ScheduleStore;
  readonly registry: Registry;
}

const NEVER = '0001-01-01T00:00:00Z';

/** Timers that do not run yet. */
export function createTimers(options: TimersOptions): Timers {
  const stopping = new AbortController();
  const last = new Map<string, Promise<unknown>>();
  const inTurn = (one: HostedFunction<TimerTrigger>, call: TimerCall) => {
    const before = last.get(one.name) ?? Promise.resolve();
    const run = before.then(() => runWithRetries(options, one, call, stopping.signal));
    last.set(
      one.name,
      run.catch(() => undefined),
    );
    return run;
  };
  const start = (one: HostedFunction<TimerTrigger>) => {
    follow(options, one, inTurn, stopping.signal).catch((error: unknown) => {
      options.registry.log(systemLine('critical', `timer ${one.name} has stopped: ${messageOf(error)}`));
    });
  };
  return {
    invoke: inTurn,
    start: () => {
      for (const one of options.functions) if (!one.disabled) start(one);
    },
    stop: () => stopping.abort(),
  };
}

/** Waits, runs, and only then looks for the next occurrence: occurrences during a run are left out, as in Azure. */
async function follow(
  { clock, store }: TimersOptions,
  one: HostedFunction<TimerTrigger>,
  run: (one: HostedFunction<TimerTrigger>, call: TimerCall) => Promise<Outcome>,
  signal: AbortSignal,
): Promise<void> {
  const { schedule, runOnStartup, useMonitor } = one.trigger;
  if (useMonitor && isPastDue(store.get(one.name), one.trigger, clock.now())) await run(one, { isPastDue: true });
  else if (runOnStartup) await run(one, {});
  else if (useMonitor && !store.get(one.name)) remember(store, one, NEVER, clock.now());
  for (let due = schedule.next(clock.now()); due; due = schedule.next(later(clock.now(), due))) {
    if (!(await clock.waitUntil(due, signal))) return;
    await run(one, {});
  }
}

function later(a: Date, b: Date): Date {
  return a > b ? a : b;
}

/** The next occurrence after what was recorded has passed. Counted anew from there, for the schedule may have changed. */
function isPastDue(status: ScheduleStatus | undefined, { schedule }: TimerTrigger, now: Date): boolean {
  if (!status) return false;
  const recorded = status.last === NEVER ? status.lastUpdated : status.last;
  const next = schedule.next(new Date(recorded));
  return next !== undefined && next < now;
}

async function runWithRetries(
  { clock, store, invoker }: TimersOptions,
  one: HostedFunction<TimerTrigger>,
  call: TimerCall,
  signal: AbortSignal,
): Promise<Outcome> {
  const at = clock.now();
  const status = one.trigger.useMonitor
    ? (call.scheduleStatus ?? store.get(one.name) ?? firstStatus(one, at))
    : undefined;
  const data = { json: JSON.stringify(timerInfo(call.scheduleStatus ?? status, call.isPastDue ?? false)) };
  const retry = one.metadata.retryOptions;
  for (let tried = 0; ; tried++) {
    const retryContext = retry && { retryContext: { retryCount: tried, maxRetryCount: retry.maxRetryCount } };
    const outcome = await invoker.invoke(one, { data, ...retryContext });
    if (outcome.ok || !mayRetry(retry, tried)) {
      if (one.trigger.useMonitor) remember(store, one, at.toISOString(), at);
      return outcome;
    }
    // Stopped between two tries: not remembered, so that the next start makes up for it.
    if (!(await clock.wait(retryDelayMs(retry, tried, Math.random()), signal))) return outcome;
  }
}

function firstStatus(one: HostedFunction<TimerTrigger>, at: Date): ScheduleStatus {
  return { last: NEVER, next: nextOf(one, at), lastUpdated: at.toISOString() };
}

function nextOf(one: HostedFunction<TimerTrigger>, at: Date): string {
  return one.trigger.schedule.next(at)?.toISOString() ?? NEVER;
}

function remember(store: ScheduleStore, one: HostedFunction<TimerTrigger>, last: string, at: Date): void {
  store.set(one.name, { last, next: nextOf(one, at), lastUpdated: at.toISOString() });
}

/** As the real host writes it; the library turns the names to camel case. */
function timerInfo(status: ScheduleStatus | undefined, isPastDue: boolean): object {
  const written = status && { Last: status.last, Next: status.next, LastUpdated: status.lastUpdated };
  return { Schedule: { AdjustForDST: true }, ScheduleStatus: written ?? null, IsPastDue: isPastDue };
}
