/** How each log is asked for: what one request looks like, and how many may be made. Pure. */
import { GRAPH_READS } from '../azure/graph-paths.ts';
import type { PolledSource, TimedSource } from './poll-state.ts';
import type { Volume, Window } from './poll-windows.ts';
import { filterInstant } from './reading.ts';

const DAY_MS = 24 * 3600_000;

/** Shares of the documented limits: all reports sources together stay below half of 30 requests a minute. */
export const VOLUMES: Readonly<Record<TimedSource, Volume>> = {
  'directory-audits': { pageSize: 1000, pagesPerMinute: 4, retentionMs: 30 * DAY_MS },
  'sign-ins': { pageSize: 1000, pagesPerMinute: 10, retentionMs: 30 * DAY_MS },
  'risk-detections': { pageSize: 500, pagesPerMinute: 15, retentionMs: 90 * DAY_MS },
  'provider-mail': { pageSize: 5000, pagesPerMinute: 6, retentionMs: 90 * DAY_MS },
};
/** Longest window of one request. Message trace: documented; the others: so that one request never asks for everything. */
export const MOST_MS: Readonly<Record<TimedSource, number>> = {
  'directory-audits': 7 * DAY_MS,
  'sign-ins': DAY_MS,
  'risk-detections': 30 * DAY_MS,
  'provider-mail': 9 * DAY_MS,
};
/** The request for a slice. */
export function sourcePath(
  source: TimedSource,
  { from, to }: Window,
  state: Pick<PolledSource, 'interactiveOnlyUntil'>,
): string {
  const { path, time, top } = GRAPH_READS[source];
  const filter = [`${time} ge ${filterInstant(from)}`, `${time} le ${filterInstant(to)}`];
  if (source === 'sign-ins') {
    const types = state.interactiveOnlyUntil ? ['interactiveUser'] : ['interactiveUser', 'nonInteractiveUser'];
    filter.push(`signInEventTypes/any(t: ${types.map((type) => `t eq '${type}'`).join(' or ')})`);
  }
  const order = source === 'directory-audits' ? '&$orderby=activityDateTime' : '';
  return `${path}?$filter=${encodeURIComponent(filter.join(' and '))}${order}&$top=${top}`;
}
