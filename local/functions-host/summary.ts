/** What a host says of its functions: plain data, for listings, tests and other processes. */
import type { AuthLevel } from './access-keys.ts';
import type { HostedFunction } from './triggers.ts';

/** One function. */
export type FunctionSummary = { readonly name: string; readonly disabled: boolean } & (
  | {
      readonly trigger: 'http';
      /** With the prefix, without leading slash. */
      readonly route: string;
      /** Upper case. */
      readonly methods: readonly string[];
      readonly authLevel: AuthLevel;
    }
  | {
      readonly trigger: 'timer';
      /** NCRONTAB, with settings filled in; `createSchedule` reads it. */
      readonly schedule: string;
      /** Runs are remembered over restarts. */
      readonly useMonitor: boolean;
    }
  | {
      readonly trigger: 'serviceBus';
      /** Queue, or `topic/subscriptions/name`. */
      readonly entity: string;
      /** Name of the setting. */
      readonly connection: string;
      /** The dead letters of the entity, not its messages. */
      readonly deadLetters: boolean;
      /** Given lists of messages. */
      readonly batch: boolean;
    }
);

/** The summary of one function. */
export function summarize({ name, disabled, trigger }: HostedFunction): FunctionSummary {
  switch (trigger.kind) {
    case 'http': {
      const { methods, authLevel, route } = trigger;
      return { name, disabled, trigger: 'http', route: route.template, methods, authLevel };
    }
    case 'timer': {
      const { schedule, useMonitor } = trigger;
      return { name, disabled, trigger: 'timer', schedule: schedule.pattern, useMonitor };
    }
    case 'serviceBus': {
      const { connection, deadLetters, entity, subscription, batch } = trigger;
      const path = subscription === undefined ? entity : `${entity}/subscriptions/${subscription}`;
      return { name, disabled, trigger: 'serviceBus', entity: path, connection, deadLetters, batch };
    }
  }
}
