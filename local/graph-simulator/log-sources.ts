/** The logs that the simulator keeps, and how each is sorted. */
import { z } from 'zod';

/** What the simulator needs to see of a record; the rest is served as it came. */
const timed = (property: string) => z.looseObject({ id: z.string().min(1), [property]: z.string() });

/** One log. */
export interface LogSource {
  /** Property that it is sorted by and filtered by time. */
  readonly timeProperty: string;
  readonly schema: z.ZodType<Record<string, unknown>>;
  /** A word by which whole groups of records are left out without reading them. */
  readonly tagOf: (record: Readonly<Record<string, unknown>>) => string;
}

/** Logs by the name that the rest of the house gives them. */
export const LOG_SOURCES = {
  'directory-audits': {
    timeProperty: 'activityDateTime',
    schema: timed('activityDateTime'),
    tagOf: (record) => String(record.loggedByService ?? ''),
  },
  'sign-ins': {
    timeProperty: 'createdDateTime',
    schema: timed('createdDateTime'),
    tagOf: (record) => {
      const types = record.signInEventTypes;
      if (Array.isArray(types) && typeof types[0] === 'string') return types[0];
      return record.isInteractive === false ? 'nonInteractiveUser' : 'interactiveUser';
    },
  },
  // A detection is published again whenever its state changes; the time of that is what readers go by.
  'risk-detections': { timeProperty: 'lastUpdatedDateTime', schema: timed('lastUpdatedDateTime'), tagOf: () => '' },
  'provider-mail': { timeProperty: 'receivedDateTime', schema: timed('receivedDateTime'), tagOf: () => '' },
  'mailbox-activity': { timeProperty: 'createdDateTime', schema: timed('createdDateTime'), tagOf: () => '' },
} as const satisfies Record<string, LogSource>;

/** Name of a log. */
export type LogName = keyof typeof LOG_SOURCES;
