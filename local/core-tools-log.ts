/**
 * What Azure Functions Core Tools print of function runs, read line by line: they have no other way to say when a run that
 * was asked for has ended. The lines are those of the host's FunctionExecutor, as in
 * `Executed 'Functions.poll-logs' (Succeeded, Id=0f8f…, Duration=12ms)`.
 */

/** A line that is about a run. */
export type RunLine =
  | { readonly kind: 'begun'; readonly name: string; readonly id: string; readonly byHand: boolean }
  | { readonly kind: 'ended'; readonly name: string; readonly id: string; readonly ok: boolean };

const BEGUN = /Executing 'Functions\.([^']+)' \(Reason='([^']*)', Id=([0-9a-f-]+)\)/i;
const ENDED = /Executed 'Functions\.([^']+)' \((Succeeded|Failed), Id=([0-9a-f-]+)[,)]/i;
const BY_HAND = /programmatically called/i;

/** Reads one line; undefined when it is about something else. */
export function readRunLine(line: string): RunLine | undefined {
  const begun = BEGUN.exec(line);
  if (begun) {
    const [, name = '', reason = '', id = ''] = begun;
    return { kind: 'begun', name, id, byHand: BY_HAND.test(reason) };
  }
  const [, name = '', how, id = ''] = ENDED.exec(line) ?? [];
  return how === undefined ? undefined : { kind: 'ended', name, id, ok: how === 'Succeeded' };
}

/** Follows runs. */
export interface RunLog {
  take(line: string): void;
  running(): number;
  /** The next run of a function that somebody asks for. Call it before asking. */
  next(name: string): NextRun;
}

/** A run that is about to be asked for. */
export interface NextRun {
  /** Resolves with whether it succeeded. */
  readonly ok: Promise<boolean>;
  /** It was not asked for after all. */
  cancel(): void;
}

/** Knows of no run yet. */
export function createRunLog(): RunLog {
  const running = new Set<string>();
  const asked = new Map<string, ((ok: boolean) => void)[]>();
  const waiting = new Map<string, (ok: boolean) => void>();
  return {
    running: () => running.size,
    take: (line) => {
      const run = readRunLine(line);
      if (run?.kind === 'begun') {
        running.add(run.id);
        const resolve = run.byHand ? asked.get(run.name.toLowerCase())?.shift() : undefined;
        if (resolve) waiting.set(run.id, resolve);
      } else if (run) {
        running.delete(run.id);
        waiting.get(run.id)?.(run.ok);
        waiting.delete(run.id);
      }
    },
    next: (name) => {
      const { promise: ok, resolve } = Promise.withResolvers<boolean>();
      const key = name.toLowerCase();
      asked.set(key, [...(asked.get(key) ?? []), resolve]);
      const others = () => (asked.get(key) ?? []).filter((other) => other !== resolve);
      return { ok, cancel: () => void asked.set(key, others()) };
    },
  };
}
