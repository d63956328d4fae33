/** Everything on the desk's first screen, from a few rows each: nothing here reads all findings. */
import type { Outcome } from '../../model/finding.ts';
import { blindnessOf } from './blind.ts';
import type { DeskPorts, WatchState } from './desk-ports.ts';
import { toListed, toTask } from './lists.ts';
import { isOld, readOverview, stampOf } from './overview.ts';
import type { State } from './shape.ts';

/** Findings on a page, break-ins and tasks on the first screen. */
export const PAGE = 20;
const MOST_TASKS = 50;
/** Days in the timeline. */
const MOST_DAYS = 92;

/** Which findings are listed. */
export interface StateQuery {
  readonly outcomes: readonly Outcome[];
  readonly statuses: readonly ('open' | 'acknowledged' | 'closed')[];
}

/** The state as of now. @throws UpstreamError of the tables; what the watch cannot say of itself is shown as not known */
export async function readState(ports: DeskPorts, { outcomes, statuses }: StateQuery): Promise<State> {
  const { findings, tasks, settings, clock } = ports;
  const notClosed = ['open', 'acknowledged'] as const;
  const [counts, broken, listed, open, stored, watch, people] = await Promise.all([
    findings.counts(),
    findings.tab({ outcomes: ['compromised'], statuses: notClosed }, PAGE),
    findings.tab({ outcomes, statuses }, PAGE),
    tasks.open(MOST_TASKS + 1),
    readOverview(ports.rows),
    ports.watchState().catch((): WatchState | undefined => undefined),
    ports.people(),
  ]);
  const [brokenInto, page] = await Promise.all([toListed(ports, broken.findings), toListed(ports, listed.findings)]);
  const { attempts, identified, attacked, compromised, byStatus } = counts;
  return {
    at: clock.now().toISOString(),
    organization: settings.POSTERN_ORGANIZATION,
    mode: settings.POSTERN_MODE,
    me: ports.actor,
    actions: settings.POSTERN_DESK_ACTIONS,
    totals: { attempts, identified, attacked, compromised },
    byStatus,
    days: [...counts.days]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .slice(-MOST_DAYS)
      .map(([day, [a, b, c]]) => [day, a, b, c]),
    blind: { known: watch !== undefined, gaps: watch ? blindnessOf(watch) : [] },
    brokenInto,
    tasks: {
      open: open.slice(0, MOST_TASKS).map((task) => toTask(task, people)),
      more: open.length > MOST_TASKS,
    },
    findings: { findings: page, ...(listed.next !== undefined && { next: listed.next }) },
    ...(stored && { overview: stored.overview }),
    stale: !stored || isOld(stored, stampOf(counts), clock.now()),
  };
}
