import { describe, expect, it } from 'vitest';
import { createDueRows } from '../../../src/live/due.ts';
import { OUTBOX_WAIT_MS, outboxDeletes, outboxRef, outboxWrite } from '../../../src/live/outbox.ts';
import { sweep } from '../../../src/live/sweep.ts';
import { createManualClock, createMemoryLog, createMemoryQueues, createMemoryRows } from '../../../src/memory.ts';
import type { QueueMessage } from '../../../src/ports.ts';

const at = (time: string) => new Date(`2026-09-01T${time}Z`);

function setup() {
  const ports = {
    rows: createMemoryRows(),
    queues: createMemoryQueues(),
    clock: createManualClock(at('00:00:00')),
    log: createMemoryLog(),
  };
  return { ...ports, ports, due: createDueRows(ports.rows) };
}

describe('due rows', () => {
  it('come earliest first, up to and with the instant, until they are removed', async () => {
    const { due } = setup();
    const rows = [
      { at: at('10:00:00'), kind: 'send', ref: 'p_1~n:2', person: 'p_1' },
      { at: at('09:00:00'), kind: 'silence', ref: 'p_2~/#?' },
      { at: at('10:00:00.001'), kind: 'send', ref: 'later' },
    ];
    await due.putAll(rows);
    await due.put(rows[0] ?? { at: at('10:00:00'), kind: '', ref: '' });
    const found = async (now: Date) => {
      const list: string[] = [];
      for await (const { kind, ref, person = '-' } of due.dueAt(now)) list.push(`${kind} ${ref} ${person}`);
      return list;
    };
    expect(await found(at('08:59:59.999'))).toEqual([]);
    expect(await found(at('10:00:00'))).toEqual(['silence p_2~/#? -', 'send p_1~n:2 p_1']);
    await due.remove(rows.slice(0, 1));
    expect(await found(at('23:00:00'))).toEqual(['silence p_2~/#? -', 'send later -']);
  });
});

describe('sweep', () => {
  it('calls the handler of the kind and deletes the row when it is done', async () => {
    const { ports, due, log } = setup();
    await due.putAll([
      { at: at('09:00:00'), kind: 'send', ref: 'a' },
      { at: at('09:30:00'), kind: 'fails', ref: 'b' },
      { at: at('09:40:00'), kind: 'nobody', ref: 'c' },
      { at: at('11:00:00'), kind: 'send', ref: 'd' },
    ]);
    const calls: string[] = [];
    const handlers = {
      send: async (ref: string, when: Date) => void calls.push(`${ref} ${when.toISOString()}`),
      fails: async () => {
        throw new Error('+1 555 0100 is not for logs');
      },
    };
    expect(await sweep(ports, at('10:00:00'), handlers)).toEqual({ done: { send: 1 }, failed: 1, sent: 0 });
    expect(calls).toEqual(['a 2026-09-01T09:00:00.000Z']);
    expect(log.lines).toEqual([
      { level: 'error', message: 'due row failed', fields: { kind: 'fails', code: 'Error' } },
      { level: 'error', message: 'due row that nobody handles', fields: { kind: 'nobody' } },
    ]);
    expect(await sweep(ports, at('12:00:00'), { ...handlers, fails: async () => {}, nobody: async () => {} })).toEqual({
      done: { fails: 1, nobody: 1, send: 1 },
      failed: 0,
      sent: 0,
    });
    expect(calls).toHaveLength(2);
  });

  it('handles more due rows than run at once', async () => {
    const { ports, due } = setup();
    await due.putAll(Array.from({ length: 230 }, (_, i) => ({ at: at('09:00:00'), kind: 'send', ref: `r${i}` })));
    const seen = new Set<string>();
    const report = await sweep(ports, at('10:00:00'), { send: async (ref) => void seen.add(ref) });
    expect([report.done, seen.size]).toEqual([{ send: 230 }, 230]);
    expect(await sweep(ports, at('10:00:00'), {})).toEqual({ done: {}, failed: 0, sent: 0 });
  });

  it('sends what a crash left in an outbox', async () => {
    const { ports, due, rows, queues } = setup();
    const message = (id: string): QueueMessage => ({ queue: 'findings', id, body: { finding: id } });
    await due.put({
      at: new Date(at('09:00:00').getTime() + OUTBOX_WAIT_MS),
      kind: 'outbox',
      ref: outboxRef(['b01', 'b00']),
    });
    await rows.transact('evidence', 'b00', [outboxWrite(message('f_1')), outboxWrite(message('f_2'))]);
    await rows.transact('evidence', 'b01', [outboxWrite(message('f_3'))]);
    await rows.transact('evidence', 'b00', outboxDeletes([message('f_2')]));
    expect((await sweep(ports, at('09:00:59'), {})).sent).toBe(0);
    expect((await sweep(ports, at('09:01:00'), {})).sent).toBe(2);
    expect(queues.sent).toEqual([message('f_1'), message('f_3')]);
    expect((await sweep(ports, at('09:02:00'), {})).sent).toBe(0);
    for await (const row of rows.scan('evidence')) expect.fail(`left: ${row.row}`);
  });
});
