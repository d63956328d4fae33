/** What a host says of its functions. */
import type { AuthLevel } from './access-keys.ts';
import type { Schedule } from './ncrontab.ts';
import type { HostedFunction } from './triggers.ts';

/** One function, for listings, tests and replays. */
export type FunctionSummary = { readonly name: string; readonly disabled: boolean } & (
  | {
      readonly trigger: 'http';
      /** With the prefix, without leading slash. */
      readonly route: string;
      readonly methods: readonly string[];
      readonly authLevel: AuthLevel;
    }
  | { readonly trigger: 'timer'; readonly schedule: Schedule; readonly useMonitor: boolean }
  | {
      readonly trigger: 'serviceBus';
      readonly entity: string;
      readonly connection: string;
      readonly deadLetters: boolean;
    }
);

/** The summary of one function. */
export function summarize({ name, disabled, trigger }: HostedFunction): FunctionSummary {
  switch (trigger.kind) {
    case 'http': {
      const { methods, authLevel, route } = trigger;
      return { name, disabled, trigger: 'http', route: route.template, methods, authLevel };
    }
    case 'timer':
      return { name, disabled, trigger: 'timer', schedule: trigger.schedule, useMonitor: trigger.useMonitor };
    case 'serviceBus': {
      const { connection, deadLetters, entity, subscription } = trigger;
      const path = subscription === undefined ? entity : `${entity}/subscriptions/${subscription}`;
      return { name, disabled, trigger: 'serviceBus', entity: path, connection, deadLetters };
    }
  }
}
