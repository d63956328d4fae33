import { expect, it } from 'vitest';
import { readState } from '../../../../src/live/desk/state.ts';
import { createFindings } from '../../../../src/live/findings.ts';
import { createTasks } from '../../../../src/live/inbox.ts';
import type { Rows } from '../../../../src/ports.ts';
import { ago, breakIn, finding } from '../../notify/plan-situation.ts';
import { createDeskWorld } from './desk-world.ts';

/** Rows that count how often they are asked, and how much they hand out. */
function counting(rows: Rows) {
  const effort = { asked: 0, rows: 0 };
  const counted: Rows = {
    ...rows,
    get(...args) {
      effort.asked += 1;
      effort.rows += 1;
      return rows.get(...args);
    },
    async *list(...args) {
      effort.asked += 1;
      for await (const row of rows.list(...args)) {
        effort.rows += 1;
        yield row;
      }
    },
    scan() {
      throw new Error('the first screen scans a table');
    },
  };
  return { counted, effort };
}

async function effortOf(findings: number) {
  const world = await createDeskWorld();
  for (let n = 0; n < findings; n++) {
    const last = ago(n * 3600_000);
    await world.found(n % 2 === 0 ? finding({ id: `f_${n}`, last }) : breakIn({ id: `f_${n}`, last }));
    await createFindings(world.rows).index('p_jane', `f_${n}`);
  }
  const { counted, effort } = counting(world.rows);
  const ports = {
    ...world.portsOf('o_ada'),
    rows: counted,
    findings: createFindings(counted),
    tasks: createTasks(counted),
  };
  const state = await readState(ports, {
    outcomes: ['identified', 'attacked', 'compromised'],
    statuses: ['open', 'acknowledged'],
  });
  expect(state.findings.findings.length).toBe(20);
  return effort;
}

it('the first screen costs the same however many findings there are', async () => {
  const some = await effortOf(50);
  const many = await effortOf(400);
  expect(many.asked).toBe(some.asked);
  expect(many.asked).toBeLessThan(20);
  expect(many.rows).toBeLessThan(250);
});
