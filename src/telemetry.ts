/**
 * What the running app tells about itself: one line per fact, a static message and fields, written by `src/log.ts` as
 * JSON (`{"message":"poll finished","source":"directoryAudits",…}`). Workbook and alert queries (infra/monitoring) read
 * exactly these names, and a test holds them to it. A fact that is not listed here may be logged, but nobody watches it.
 *
 * No field holds an address, a phone number, a name, a token or record content: ids are opaque, texts are closed sets.
 */

/** How a field is written: `id` and `word` are JSON strings (`word` from a small closed set), `flag` a boolean, the rest numbers. */
export type FieldKind = 'id' | 'word' | 'count' | 'ms' | 'hours' | 'flag';

interface Fact {
  /** Level at which it is logged. A host that filters below `info` still writes `warn` and `error`. */
  readonly level: 'info' | 'warn' | 'error';
  /** What it says and who looks at it. */
  readonly about: string;
  readonly fields: Readonly<Record<string, { readonly kind: FieldKind; readonly about: string }>>;
}

const SOURCE = { kind: 'word', about: 'name of the log source: directory-audits, sign-ins, …' } as const;
const CHANNEL = { kind: 'word', about: 'name of the channel, as in src/notify/channels' } as const;
const NOTICE = { kind: 'id', about: 'opaque id of the notice' } as const;
const OUTCOME = { kind: 'word', about: 'identified, attacked or compromised' } as const;

/** The facts, by message. Keys are the message texts; field names are camelCase. */
export const TELEMETRY = {
  'poll finished': {
    level: 'info',
    about: 'One source was read up to now. Its absence is what the stale-source alert looks for.',
    fields: {
      source: SOURCE,
      records: { kind: 'count', about: 'records read, before dropping those of people who are not enrolled' },
      hits: { kind: 'count', about: 'rule hits they made' },
      lateMs: { kind: 'ms', about: 'age of the newest record when it was read; 0 when there was none' },
      ms: { kind: 'ms', about: 'duration of the poll' },
    },
  },
  'poll failed': {
    level: 'error',
    about: 'A source could not be read; the cursor stays, the next poll reads it again.',
    fields: { source: SOURCE, code: { kind: 'word', about: 'code of the UpstreamError' } },
  },
  'source blind': {
    level: 'warn',
    about: 'A source cannot be read until somebody acts: licence, permission or opt-in is missing. Told once an hour.',
    fields: {
      source: SOURCE,
      why: { kind: 'word', about: 'licence, permission, optIn, silent, renamed, volume or cloud' },
    },
  },
  'graph throttled': {
    level: 'warn',
    about: 'Graph answered 429 although we keep below its limits: another app shares the quota.',
    fields: {
      bucket: { kind: 'word', about: 'reports, risk, trace, identity, outlook, purview or subscriptions' },
      retryAfterMs: { kind: 'ms', about: 'as Graph asked; 0 when it did not say' },
    },
  },
  'subscription state': {
    level: 'info',
    about: 'One Graph subscription as the renewal timer found or left it.',
    fields: {
      subscription: { kind: 'id', about: 'Graph id of the subscription' },
      kind: { kind: 'word', about: 'users or mail' },
      state: { kind: 'word', about: 'created, renewed, kept, missing or failed' },
      hoursLeft: { kind: 'hours', about: 'until it expires; 0 when it is gone' },
    },
  },
  'notifications refused': {
    level: 'warn',
    about: 'Notifications with a wrong clientState, of an unknown subscription, malformed or too large.',
    fields: {
      why: { kind: 'word', about: 'clientState, subscription, malformed or size' },
      count: { kind: 'count', about: 'how many in this POST' },
    },
  },
  'dead letter': {
    level: 'error',
    about: 'A message was given up. watch drains it and tells the desk.',
    fields: {
      queue: { kind: 'word', about: 'notifications, findings or notices' },
      reason: { kind: 'word', about: 'DeadLetterReason of Service Bus or code of our error' },
    },
  },
  'finding recorded': {
    level: 'info',
    about: 'A finding was made or got a new revision.',
    fields: {
      finding: { kind: 'id', about: 'id of the finding, stable over revisions' },
      outcome: OUTCOME,
      level: { kind: 'word', about: 'Sigma level' },
      revised: { kind: 'flag', about: 'false for a new finding' },
    },
  },
  'notice accepted': {
    level: 'info',
    about: 'A provider took a notice. Not yet proof of anything.',
    fields: { notice: NOTICE, channel: CHANNEL, outcome: OUTCOME },
  },
  'notice delivered': {
    level: 'info',
    about: 'A delivery report says that the notice arrived.',
    fields: { notice: NOTICE, channel: CHANNEL, outcome: OUTCOME },
  },
  'notice undelivered': {
    level: 'error',
    about: 'A notice failed, bounced, was suppressed, or no report came in time.',
    fields: {
      notice: NOTICE,
      channel: CHANNEL,
      outcome: OUTCOME,
      reason: { kind: 'word', about: 'code of the DeliveryError, status of the report, or timeout' },
      channelsLeft: { kind: 'count', about: 'channels that are tried next; 0 = the desk must reach the person' },
    },
  },
  'notice answered': {
    level: 'info',
    about: 'A person answered.',
    fields: {
      notice: NOTICE,
      answer: { kind: 'word', about: 'me, notMe or silence' },
      via: { kind: 'word', about: 'page, sms, desk or clock' },
    },
  },
  'provider throttled': {
    level: 'warn',
    about: 'A channel answered 429 or our own token bucket is empty; the notice waits on the queue.',
    fields: { channel: CHANNEL, retryAfterMs: { kind: 'ms', about: 'until the next try' } },
  },
  quota: {
    level: 'info',
    about: 'How many sends a channel has left in the shortest window that binds.',
    fields: {
      channel: CHANNEL,
      left: { kind: 'count', about: 'sends left now' },
      allowed: { kind: 'count', about: 'sends that the window allows' },
    },
  },
  'desk task': {
    level: 'warn',
    about: 'Something that a human at the desk must do.',
    fields: { kind: { kind: 'word', about: 'kind of the task, as reachByVoice or answerSaysNotMe' } },
  },
  'settings problem': {
    level: 'error',
    about: 'A setting is missing or wrong, or a POSTERN_* name is unknown. The value is never logged.',
    fields: { key: { kind: 'word', about: 'name of the setting' } },
  },
  heartbeat: {
    level: 'info',
    about: 'A timer did its work. Its absence means that the watch is asleep.',
    fields: { timer: { kind: 'word', about: 'name of the function' } },
  },
  'people covered': {
    level: 'info',
    about: 'Counted once an hour by watch.',
    fields: {
      people: { kind: 'count', about: 'enrolled people' },
      reachable: { kind: 'count', about: 'of these, with two proven channels, one outside the tenant' },
      unproven: { kind: 'count', about: 'of these, without any proven channel' },
    },
  },
  'rule states': {
    level: 'info',
    about: 'Counted once an hour by watch.',
    fields: {
      on: { kind: 'count', about: 'rules that tell people' },
      staged: { kind: 'count', about: 'rules that only record' },
      off: { kind: 'count', about: 'rules switched off by setting' },
      blind: { kind: 'count', about: 'rules without the log they need' },
    },
  },
  pruned: {
    level: 'info',
    about: 'Rows deleted because their retention ended or a person was removed.',
    fields: { rows: { kind: 'count', about: 'rows deleted' } },
  },
} as const satisfies Record<string, Fact>;

/** A message text of the list. */
export type TelemetryMessage = keyof typeof TELEMETRY;

type ValueOf<K extends FieldKind> = K extends 'id' | 'word' ? string : K extends 'flag' ? boolean : number;

/** Exactly the fields of a message, typed: what the app passes when it logs one. */
export type TelemetryFields<M extends TelemetryMessage> = {
  readonly [F in keyof (typeof TELEMETRY)[M]['fields']]: (typeof TELEMETRY)[M]['fields'][F] extends {
    readonly kind: infer K extends FieldKind;
  }
    ? ValueOf<K>
    : never;
};
