import { describe, expect, it } from 'vitest';
import { DeliveryError } from '../../../../src/errors.ts';
import { putTask, tellDesk } from '../../../../src/live/desk-notices.ts';
import { createTasks } from '../../../../src/live/inbox.ts';
import { createMemoryRows } from '../../../../src/memory.ts';
import { DESK_NOTICE_KINDS } from '../../../../src/model/desk-notice.ts';
import type { DeskTask } from '../../../../src/model/desk-task.ts';
import { DESK_TASK_KINDS, DESK_TASK_REASONS } from '../../../../src/model/desk-task.ts';
import { deskText } from '../../../../src/notify/desk-text.ts';
import { breakIn, NOW, person } from '../../notify/plan-situation.ts';
import { createWorld, MINUTE_MS, SENDERS } from './world.ts';

const task = (id: string, minutesAgo = 0, more: Partial<DeskTask> = {}): DeskTask => ({
  id,
  kind: 'reach-by-voice',
  why: 'no-channel',
  person: 'p_jane',
  priority: 0,
  since: new Date(NOW.getTime() - minutesAgo * MINUTE_MS),
  status: 'open',
  ...more,
});

async function all(rows: ReturnType<typeof createMemoryRows>, after?: string) {
  const found = [];
  for await (const stored of createTasks(rows).list(after)) found.push(stored);
  return found;
}

describe('tasks in the inbox', () => {
  it('are listed newest first, each once, from any place on', async () => {
    const rows = createMemoryRows();
    const tasks = createTasks(rows);
    expect([
      await tasks.put(task('t_old', 60)),
      await tasks.put(task('t_new')),
      await tasks.put(task('t_mid', 30)),
    ]).toEqual(['new', 'new', 'new']);
    expect(await tasks.put(task('t_old', 5))).toBe('known');
    const listed = await all(rows);
    expect(listed.map(({ task: { id } }) => id)).toEqual(['t_new', 't_mid', 't_old']);
    expect((await all(rows, listed[0]?.row)).map(({ task: { id } }) => id)).toEqual(['t_mid', 't_old']);
  });

  it('two officers at the same moment: the second has to look again', async () => {
    const tasks = createTasks(createMemoryRows());
    await tasks.put(task('t_1'));
    const seen = await tasks.get('t_1');
    const change = (by: string) => tasks.change('t_1', { status: 'acknowledged', by }, NOW, seen?.tag);
    expect([await change('ann'), await change('bob')]).toEqual(['done', 'conflict']);
    expect((await tasks.get('t_1'))?.task).toMatchObject({ status: 'acknowledged', by: 'ann', changedAt: NOW });
    expect(await tasks.change('t_none', { status: 'closed', by: 'ann' }, NOW)).toBe('gone');
  });

  it('what the desk has closed is not opened again by the same decision', async () => {
    const tasks = createTasks(createMemoryRows());
    await tasks.put(task('t_1'));
    await tasks.change('t_1', { status: 'closed', by: 'ann', note: 'reached' }, NOW);
    expect(await tasks.put(task('t_1'))).toBe('known');
    expect((await tasks.get('t_1'))?.task).toMatchObject({ status: 'closed', note: 'reached' });
    await tasks.calm('t_1');
    expect((await tasks.get('t_1'))?.task.priority).toBe(0);
  });
});

describe('telling the desk', () => {
  it('urgent tasks by both ways, once; those of attempts only in the inbox', async () => {
    const world = await createWorld({ people: [person()] });
    for (let n = 0; n < 3; n++) await putTask(world.ports, task('t_1'));
    await putTask(world.ports, task('t_2', 0, { priority: 2 }));
    await world.settle();
    expect(world.sent.map(({ transport }) => transport).sort()).toEqual(['acs-email', 'desk-webhook']);
    expect(await world.tasks()).toHaveLength(2);
    expect(world.log.lines.filter(({ message }) => message === 'desk task')).toHaveLength(2);
  });

  it('a webhook that is down is tried again, and mail goes all the same', async () => {
    const [mail, sms] = SENDERS;
    if (!mail || !sms) throw new Error('no senders');
    const hook = {
      name: 'desk-webhook',
      kind: 'webhook' as const,
      refuse: (_: unknown, tries: number) =>
        tries <= 2 ? new DeliveryError('desk-webhook', 'UNAVAILABLE') : undefined,
    };
    const world = await createWorld({ people: [person()], senders: [mail, sms, hook] });
    await putTask(world.ports, task('t_1'));
    await world.settle();
    expect(world.sent.map(({ transport }) => transport)).toEqual(['acs-email']);
    await world.pass(MINUTE_MS);
    expect(world.sent.map(({ transport }) => transport)).toEqual(['acs-email', 'desk-webhook']);
  });

  it('without any way to tell it, the log says so', async () => {
    const world = await createWorld({ people: [], senders: [], settings: { POSTERN_DESK_EMAIL: '' } });
    await tellDesk(world.ports, { kind: 'blind', priority: 1, at: NOW, about: ['x'] });
    expect(world.log.lines).toEqual([
      { level: 'warn', message: 'nothing tells the desk: set a webhook or a mail address', fields: { kind: 'blind' } },
    ]);
  });

  it('in dry-run it is recorded and not sent', async () => {
    const world = await createWorld({ people: [person()], settings: { POSTERN_MODE: 'dry-run' } });
    await putTask(world.ports, task('t_1'));
    await world.pass(10 * MINUTE_MS);
    expect(world.sent).toEqual([]);
    expect(world.broker.length()).toBe(0);
  });
});

describe('what the desk reads', () => {
  const notice = { id: 'd_1', priority: 0 as const, at: NOW, facts: {} };
  it.each([...DESK_TASK_KINDS].flatMap((kind) => DESK_TASK_REASONS.map((why) => [kind, why] as const)))(
    '%s %s',
    (kind, why) => {
      const { subject, text } = deskText({ ...notice, kind: 'task', task: kind, why }, { organization: 'Herald' });
      expect(subject).toMatch(/^Herald Postern: .{10,}$/);
      expect(text.split('\n').filter(Boolean).length).toBeGreaterThanOrEqual(3);
    },
  );

  it.each(DESK_NOTICE_KINDS)('%s has words', (kind) => {
    expect(deskText({ ...notice, kind }, { organization: 'Herald' }).subject).toMatch(/^Herald Postern: .{8,}$/);
  });

  it('a break-in, in full', () => {
    const context = { organization: 'Herald', person: person(), finding: breakIn() };
    expect(
      deskText({ ...notice, kind: 'break-in', person: 'p_jane', finding: 'f_1', reference: 'K7Q49M2X' }, context),
    ).toEqual({
      subject: 'Herald Postern: somebody got in, ref K7Q4-9M2X',
      text: [
        'Somebody got in.',
        'Revoke all sessions, set a new password with the person on a number you already knew, and undo every change.',
        '',
        'Person: Jane Doe (p_jane)',
        'Language and time zone: en, America/New_York',
        'Reference: K7Q4-9M2X',
        'Told to you: 2026-11-23 12:00 UTC',
        '',
        'Finding f_1: somebody got in (level high)',
        'Accounts: jane@example.org',
        'When: 2026-11-23 10:00 UTC to 2026-11-23 11:00 UTC',
        'Chains: sspr-probed, reset-from-new-place',
        'Changes:',
        '- the password was reset through recovery',
        'Evidence:',
        '- 2026-11-23 10:00 UTC jane@example.org: the recovery options of the account were shown',
        '- 2026-11-23 11:00 UTC jane@example.org: the recovery options of the account were shown',
        '',
      ].join('\n'),
    });
  });
});
