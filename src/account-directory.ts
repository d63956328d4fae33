/**
 * Ties object ids to user principal names, because some records name an account by one only. Records that name only an
 * unknown id wait until some record has told its name, or until the end.
 */
import type { AccountRef, LogEvent } from './model/log-event.ts';

/** See `createDirectory`. */
export interface Directory {
  /** Hands the event on with its account under the account's name: now, or when the name is known. */
  readonly resolve: (event: LogEvent) => void;
  /** True when `resolve` would learn nothing from this account, and not wait. */
  readonly knows: (account: AccountRef) => boolean;
  /** Hands on what still waits, under the ids. */
  readonly settle: () => void;
  /** Learns names, by id; those that are known stay. */
  readonly learn: (names: ReadonlyMap<string, string>) => void;
  /** Names by id, and the events that wait. */
  readonly state: () => { readonly names: ReadonlyMap<string, string>; readonly waiting: readonly LogEvent[] };
}

/** An empty directory that hands events on to `then`. */
export function createDirectory(then: (event: LogEvent, account: AccountRef) => void): Directory {
  const names = new Map<string, string>();
  const waiting = new Map<string, LogEvent[]>();

  function flush(id: string, account: AccountRef): void {
    const events = waiting.get(id);
    if (!events) return;
    waiting.delete(id);
    for (const event of events) then(event, account);
  }

  function learn(id: string, upn: string): void {
    if (names.has(id)) return;
    names.set(id, upn);
    flush(id, { id, upn });
  }

  function wait(id: string, event: LogEvent): void {
    const events = waiting.get(id);
    if (events) events.push(event);
    else waiting.set(id, [event]);
  }

  return {
    resolve(event) {
      const { subject, aside } = event;
      if (!subject) return;
      const { id, upn } = subject;
      const known = id === undefined ? undefined : names.get(id);
      if (upn !== undefined) {
        if (!aside && id !== undefined && known === undefined) learn(id, upn);
        // The text that is known already: maps find it at once, and what is kept shares it.
        then(event, id !== undefined && known === upn ? { id, upn: known } : subject);
      } else if (id !== undefined && known !== undefined) then(event, { id, upn: known });
      else if (id !== undefined) wait(id, event);
    },
    knows: ({ id, upn }) => upn !== undefined && (id === undefined || names.has(id)),
    settle() {
      for (const id of [...waiting.keys()]) flush(id, { id });
    },
    learn(more) {
      for (const [id, upn] of more) learn(id, upn);
    },
    state: () => ({ names, waiting: [...waiting.values()].flat() }),
  };
}
