/** The queues of the product, as data: the local bus creates them, and the Bicep templates are checked against them. */

/** One queue. Durations in milliseconds; names follow the Azure property that each becomes. */
export interface QueueDefinition {
  /** Case-insensitive, as in Azure. */
  readonly name: string;
  /** `lockDuration`: how long a receiver holds a message before it is handed out again; at most 5 minutes. */
  readonly lockDurationMs: number;
  /** `maxDeliveryCount`: after so many failed deliveries the message moves to the dead letters. */
  readonly maxDeliveryCount: number;
  /** `duplicateDetectionHistoryTimeWindow`: a message id seen in this window is accepted and dropped; 0 = off. */
  readonly duplicateDetectionMs: number;
  /** `defaultMessageTimeToLive`: upper bound of each message's own time to live; Infinity = none. */
  readonly defaultTtlMs: number;
  /** `deadLetteringOnMessageExpiration`: expired messages become dead letters instead of vanishing. Default false. */
  readonly deadLetterOnExpiry?: boolean;
  /** `maxSizeInMegabytes`, in bytes. Default 1 GiB. */
  readonly maxSizeBytes?: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * The three queues of Postern.
 * - `notifications`: what Graph pushed, as received; a hint to re-read, so it is worthless after three days.
 * - `findings`: one message per revision of a finding; the poller may send one twice within an hour of overlap.
 * - `notices`: one message per finding, person and channel; sending mail or SMS takes longest, hence the longer lock.
 */
export const QUEUES: readonly QueueDefinition[] = [
  {
    name: 'notifications',
    lockDurationMs: MINUTE,
    maxDeliveryCount: 10,
    duplicateDetectionMs: 10 * MINUTE,
    defaultTtlMs: 3 * DAY,
    deadLetterOnExpiry: true,
  },
  {
    name: 'findings',
    lockDurationMs: MINUTE,
    maxDeliveryCount: 10,
    duplicateDetectionMs: HOUR,
    defaultTtlMs: 14 * DAY,
    deadLetterOnExpiry: true,
  },
  {
    name: 'notices',
    lockDurationMs: 2 * MINUTE,
    maxDeliveryCount: 10,
    duplicateDetectionMs: DAY,
    defaultTtlMs: 2 * DAY,
    deadLetterOnExpiry: true,
  },
];

/** What is wrong with the definitions, in words; empty when nothing is. Limits as documented for Azure Service Bus. */
export function problemsOfQueues(queues: readonly QueueDefinition[]): string[] {
  const seen = new Set<string>();
  return queues.flatMap((queue) => {
    const problems: string[] = [];
    const say = (wrong: boolean, what: string) => wrong && problems.push(`queue '${queue.name}': ${what}`);
    say(!/^[a-z0-9][a-z0-9._-]{0,258}[a-z0-9]$/i.test(queue.name), 'name must be 2 to 260 letters, digits, . _ or -');
    say(seen.has(queue.name.toLowerCase()), 'is defined twice');
    seen.add(queue.name.toLowerCase());
    say(!within(queue.lockDurationMs, 1, 5 * MINUTE), 'lockDurationMs must be 1 to 300000');
    say(!within(queue.maxDeliveryCount, 1, 2000), 'maxDeliveryCount must be 1 to 2000');
    const window = queue.duplicateDetectionMs;
    say(window !== 0 && !within(window, 1, 7 * DAY), 'duplicateDetectionMs must be 0 (off) or at most 7 days');
    say(!(queue.defaultTtlMs >= 1), 'defaultTtlMs must be positive');
    return problems;
  });
}

function within(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
