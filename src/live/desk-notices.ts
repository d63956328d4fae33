/**
 * The desk hears of break-ins, tasks, answers, dead letters and blind rules, by webhook and by mail. Rows first, then
 * queue messages; sending goes the way of all notices (send-parcel.ts), with break-ins first.
 */
import { z } from 'zod';
import { DESK_WAYS, DeskDelivery, type DeskNotice, type DeskWay } from '../model/desk-notice.ts';
import type { DeskTask } from '../model/desk-task.ts';
import type { Message } from '../notify/channels/channel.ts';
import { deskJson, deskText } from '../notify/desk-text.ts';
import { taskId } from '../notify/plan-ids.ts';
import { channelStates } from './channel-states.ts';
import { createTasks } from './inbox.ts';
import { noticeRow } from './ledger.ts';
import type { NoticePorts } from './notice-ports.ts';
import { transportsFor } from './quotas.ts';
import { type ParcelEnd, sendParcel } from './send-parcel.ts';

/** Partition of the ledger. */
const PARTITION = 'desk';

/** Queue body of a desk notice. */
export const DeskMessage = z.object({ desk: z.string(), way: z.enum(DESK_WAYS), copy: z.number().int().default(0) });

/** Everything that a desk notice is made of but its id, which is made of `about`. */
export type DeskNews = Omit<DeskNotice, 'id' | 'facts'> & {
  readonly facts?: DeskNotice['facts'];
  /** What makes it this one and no other: the same again is not told again. */
  readonly about: readonly string[];
};

/**
 * Writes what the desk shall hear and queues it. The same news again is harmless. In dry-run it is recorded, like
 * everything. @throws UpstreamError
 */
export async function tellDesk(ports: NoticePorts, news: DeskNews): Promise<void> {
  const { about, ...rest } = news;
  const desk: DeskNotice = {
    ...rest,
    id: taskId('desk', news.kind, ...about).replace(/^t_/, 'd_'),
    facts: news.facts ?? {},
  };
  const ways = waysOf(ports);
  if (ways.length === 0) ports.log.warn('nothing tells the desk: set a webhook or a mail address', { kind: desk.kind });
  for (const way of ways) {
    const row = rowOf(desk.id, way);
    const now = ports.clock.now();
    const value: DeskDelivery = { desk, way, status: 'planned', times: { planned: now }, attempts: 0 };
    await ports.rows.transact('ledger', PARTITION, [{ op: 'insert', row, value }]);
    const stored = await load(ports, desk.id, way);
    if (stored?.value.status !== 'planned') continue;
    await ports.queues.send([{ queue: 'notices', id: `${desk.id}.${way}`, body: { desk: desk.id, way } }]);
  }
}

/** Puts a task into the inbox and, unless it can wait, tells the desk. A task that is there already is not told again. */
export async function putTask(ports: NoticePorts, task: DeskTask): Promise<void> {
  const put = await createTasks(ports.rows).put(task);
  if (put === 'new') ports.log.tell('desk task', { kind: camelCase(task.kind) });
  // What is about an attempt only waits in the inbox: the desk would drown in a campaign otherwise.
  if (task.priority === 2) return;
  const { kind, why, person, finding, reference, priority, since, id, note } = task;
  await tellDesk(ports, {
    kind: 'task',
    task: kind,
    why,
    ...(person && { person }),
    ...(finding && { finding }),
    ...(reference && { reference }),
    priority,
    at: since,
    about: [id],
    ...(note !== undefined && { facts: { note } }),
  });
}

/** Handles a queue message about a desk notice. */
export async function deliverToDesk(ports: NoticePorts, message: z.infer<typeof DeskMessage>): Promise<void> {
  const { desk: id, way, copy } = message;
  const stored = await load(ports, id, way);
  if (!stored) return;
  const end = await sendParcel(
    ports,
    {
      id: `${id}.${way}`,
      tag: id,
      kind: way,
      priority: stored.value.desk.priority,
      load: () => load(ports, id, way),
      save: (value, tag) =>
        ports.rows.transact('ledger', PARTITION, [{ op: 'replace', row: rowOf(id, way), value, tag }]),
      compose: (value) => composeFor(ports, value),
      again: (next, delayMs) =>
        ports.queues.send([
          { queue: 'notices', id: `${id}.${way}.${next}`, body: { desk: id, way, copy: next }, delayMs },
        ]),
      announce: () => Promise.resolve(),
    },
    copy,
  );
  report(ports, way, end);
}

function report(ports: NoticePorts, way: DeskWay, end: ParcelEnd<DeskDelivery>): void {
  if (end.kind === 'failed') ports.log.error('the desk could not be told', { way, why: end.why });
}

async function load(ports: NoticePorts, id: string, way: DeskWay) {
  const stored = await ports.rows.get('ledger', PARTITION, rowOf(id, way));
  return stored && { value: DeskDelivery.parse(stored.value), tag: stored.tag };
}

function rowOf(id: string, way: DeskWay): string {
  return noticeRow(`${id}:${way}`);
}

function waysOf(ports: NoticePorts): readonly DeskWay[] {
  const isEmail = ports.settings.POSTERN_DESK_EMAIL !== undefined && transportsFor(ports, 'email').length > 0;
  const isWebhook = transportsFor(ports, 'webhook').length > 0;
  return DESK_WAYS.filter((way) => (way === 'email' ? isEmail : isWebhook));
}

async function composeFor(ports: NoticePorts, { desk, way }: DeskDelivery): Promise<Message | undefined> {
  const person = desk.person === undefined ? undefined : await ports.people.get(desk.person);
  const found = desk.finding && desk.person ? await ports.findings.get(desk.person, desk.finding) : undefined;
  const finding = found?.finding;
  const context = {
    organization: ports.settings.POSTERN_ORGANIZATION,
    person,
    finding,
    channels: person && finding && (await channelStates(ports, person, finding)),
  };
  if (way === 'webhook') return { kind: 'webhook', body: deskJson(desk, context) };
  const to = ports.settings.POSTERN_DESK_EMAIL;
  return to === undefined ? undefined : { kind: 'email', to, language: 'en', ...deskText(desk, context) };
}

function camelCase(kind: string): string {
  return kind.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
