/** What the bus refuses, with the AMQP condition that Azure Service Bus documents for it. */

/** Condition → status code of `$management` answers. Source: `@azure/core-amqp` errors.ts and the AMQP protocol guide. */
const STATUS = {
  'amqp:decode-error': 400,
  'amqp:internal-error': 500,
  'amqp:link:message-size-exceeded': 403,
  'amqp:not-allowed': 400,
  'amqp:not-found': 404,
  'amqp:not-implemented': 501,
  'amqp:resource-limit-exceeded': 403,
  'amqp:unauthorized-access': 401,
  'com.microsoft:argument-error': 400,
  'com.microsoft:message-lock-lost': 410,
  'com.microsoft:message-not-found': 404,
} as const;

/** The AMQP error conditions that this bus sends. */
export type Condition = keyof typeof STATUS;

/** A refusal that the client is told: `condition` decides its error code, `status` goes into `$management` answers. */
export class BusError extends Error {
  override readonly name = 'BusError';
  readonly condition: Condition;
  readonly status: number;
  constructor(condition: Condition, message: string) {
    super(message);
    this.condition = condition;
    this.status = STATUS[condition];
  }
}

/** The refusal to tell a client for anything thrown; what is not a refusal becomes an internal error without details. */
export function refusalOf(error: unknown): BusError {
  if (error instanceof BusError) return error;
  return new BusError('amqp:internal-error', 'The local bus was unable to process the request.');
}

/** Unknown queue. The SDK recognizes the wording and answers `MessagingEntityNotFound`. */
export function entityNotFound(address: string): BusError {
  return new BusError('amqp:not-found', `The messaging entity '${address}' could not be found.`);
}
