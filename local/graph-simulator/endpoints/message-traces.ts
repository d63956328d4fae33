/** `/admin/exchange/tracing/messageTraces`: which mail came from whom to whom, without any mailbox. */
import { logPage } from '../log-page.ts';
import type { TimeWindow } from '../odata/compile-filter.ts';
import { EQUAL, type FilterRules } from '../odata/filter-rules.ts';
import { parseQuery, type QueryRules } from '../odata/query-options.ts';
import { badRequest, Refusal } from '../refusal.ts';
import { BOTH, type Endpoint } from '../tenant.ts';
import { millisecondsOf, ticksOf } from '../ticks.ts';

const DAY = 86_400_000;
const LONGEST_MS = 10 * DAY;
const OLDEST_MS = 90 * DAY;
const DEFAULT_MS = 2 * DAY;
/** Clocks differ a little. */
const SKEW_MS = 5 * 60_000;

/**
 * `or` is not documented, and a public tool reports that the live API ignores it and keeps the last value only. Being
 * refused is the kinder surprise.
 */
const FILTER: FilterRules = {
  properties: {
    id: EQUAL,
    senderAddress: { ...EQUAL, ignoreCase: true },
    recipientAddress: { ...EQUAL, ignoreCase: true },
    messageId: EQUAL,
    status: EQUAL,
    fromIP: EQUAL,
    subject: { type: 'string', operators: ['contains', 'startswith', 'endswith'], ignoreCase: true },
    receivedDateTime: { type: 'time', operators: ['ge', 'le'] },
  },
  or: false,
};

const RULES: QueryRules = {
  filter: FILTER,
  timeProperty: 'receivedDateTime',
  top: { default: 1000, most: 5000 },
  skiptoken: true,
};

/** Message traces. */
export const MESSAGE_TRACES: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/admin/exchange/tracing/messageTraces',
    versions: BOTH,
    permissions: ['ExchangeMessageTrace.Read.All'],
    family: 'directory',
    quota: 'message-trace',
    answer: (request, tenant) => {
      if (!tenant.settings().messageTracePrincipal) throw noPrincipal();
      const options = parseQuery(request.query, RULES);
      const window = windowOf(options.filter?.window ?? {}, request.now);
      return logPage(request, tenant, {
        source: 'provider-mail',
        context: 'admin/exchange/tracing/messageTraces',
        options,
        keptMs: OLDEST_MS,
        window,
      });
    },
  },
];

/** The documented limits of a window. @throws Refusal 400 */
function windowOf({ from, to }: TimeWindow, now: number): TimeWindow {
  if (from === undefined && to === undefined) return { from: ticksOf(now - DEFAULT_MS), to: ticksOf(now) };
  if (from === undefined || to === undefined) {
    throw badRequest('Both bounds of receivedDateTime must be specified.', 'InvalidRequest');
  }
  const [start, end] = [millisecondsOf(from), millisecondsOf(to)];
  if (end - start > LONGEST_MS) throw badRequest('The time interval must not exceed 10 days.', 'InvalidRequest');
  if (start < now - OLDEST_MS - SKEW_MS) {
    throw badRequest('The start must not be more than 90 days before the current date.', 'InvalidRequest');
  }
  if (end > now + SKEW_MS || end < start) {
    throw badRequest('The end must not be later than the current date, nor before the start.', 'InvalidRequest');
  }
  return { from, to };
}

/** What a tenant answers in which the service principal of message trace was never made. The words are ours. */
function noPrincipal(): Refusal {
  return new Refusal(401, 'UnknownError', 'The service principal of the message trace API is not in this tenant.');
}
