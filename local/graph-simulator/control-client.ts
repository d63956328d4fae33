/** Pulls the strings of a simulator that runs in another process. */
import type { AddedRecord, Control } from './control.ts';
import type { UserInput } from './user-properties.ts';

type Remote<F> = F extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never;

/** `Control` over HTTP. Every call rejects with the simulator's words when it was wrong. */
export type ControlClient = {
  readonly [K in Exclude<keyof Control, 'schedule' | 'putUsers' | 'addRecords' | 'putGroup'>]: Remote<Control[K]>;
} & {
  readonly putUsers: (users: readonly UserInput[]) => Promise<void>;
  readonly addRecords: (records: readonly AddedRecord[]) => Promise<void>;
  readonly putGroup: (
    group: { readonly id: string; readonly displayName: string },
    members: readonly string[],
  ) => Promise<void>;
};

/** @param baseUrl `http://127.0.0.1:<port>` */
export function createControlClient(baseUrl: string): ControlClient {
  async function call<T>(command: string, argument?: unknown): Promise<T> {
    const response = await fetch(`${baseUrl}/control/${command}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      ...(argument !== undefined && { body: JSON.stringify(argument) }),
    });
    const answer = (await response.json()) as { readonly result?: T; readonly problem?: string };
    if (!response.ok) throw new Error(`the Graph simulator refused the command ${command}: ${answer.problem}`);
    return answer.result as T;
  }
  return {
    settings: () => call('settings'),
    change: (change) => call('change', change),
    addRecords: (records) => call('addRecords', records),
    putUsers: (users) => call('putUsers', users),
    patchUser: (user, change) => call('patchUser', { user, change }),
    removeUser: (user) => call('removeUser', { user }),
    putGroup: (group, members) => call('putGroup', { group, members }),
    removeMember: (group, user) => call('removeMember', { group, user }),
    setMethods: (user, methods) => call('setMethods', { user, methods }),
    setRules: (user, rules) => call('setRules', { user, rules }),
    addMail: (user, message) => call('addMail', { user, message }),
    setActivityTypes: (types) => call('setActivityTypes', types),
    subscriptions: () => call('subscriptions'),
    loseSubscription: (id) => call('loseSubscription', { id }),
    lifecycle: (id, event) => call('lifecycle', { id, event }),
    revokeTokens: () => call('revokeTokens'),
    stats: () => call('stats'),
    resetStats: () => call('resetStats'),
    settle: () => call('settle'),
  };
}
