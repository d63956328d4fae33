/**
 * node bench/burst.ts [people=241] [break-ins=4]
 *
 * The reference campaign at its worst: everybody's finding at the same moment, the break-ins last in the queue, against
 * senders that refuse what exceeds 30 mails a minute or 100 an hour, on a virtual clock. Every attempt is told at once
 * (no batches), over one mail and one SMS. What counts: break-ins are out within the first minute, nothing is lost,
 * nothing is sent twice, and no sender ever has to refuse.
 */
import { fileURLToPath } from 'node:url';
import { createWorld, MINUTE_MS, type SentMessage } from '../test/unit/live/notices/world.ts';
import { breakIn, channel, finding, person, signal } from '../test/unit/notify/plan-situation.ts';

/** What a burst ended in. */
export interface BurstResult {
  readonly people: number;
  readonly breakIns: number;
  /** Seconds until the last notice of the break-ins was with a provider. */
  readonly breakInSeconds: number;
  /** Minutes until the last notice of all was. */
  readonly allMinutes: number;
  readonly notices: number;
  /** Planned and never sent. */
  readonly lost: number;
  /** Messages that an address got beyond those planned for it. */
  readonly duplicates: number;
  /** Refusals that senders had to make. */
  readonly refused: number;
  /** Queue messages handled, for one notice in the mean. */
  readonly messagesPerNotice: number;
  readonly tasks: number;
}

const LIMITS = [
  { count: 30, windowMs: MINUTE_MS },
  { count: 100, windowMs: 60 * MINUTE_MS },
];

/** Plays one burst. */
export async function runBurst(count = 241, breakIns = 4): Promise<BurstResult> {
  const people = Array.from({ length: count }, (_, n) =>
    person({
      id: `p_${n}`,
      accounts: [{ kind: 'work', upn: `person${n}@example.org` }],
      channels: [channel('c_phone', `+1555${String(2_000_000 + n)}`), channel('c_mail', `person${n}@private.example`)],
    }),
  );
  const world = await createWorld({
    people,
    senders: [
      { name: 'acs-email', kind: 'email', reports: true, most: LIMITS },
      {
        name: 'acs-sms',
        kind: 'sms',
        reports: true,
        most: [{ count: 200, windowMs: MINUTE_MS }],
        result: { status: 'delivered' },
      },
      { name: 'desk-webhook', kind: 'webhook', result: { status: 'delivered' } },
    ],
  });
  const start = world.clock.now().getTime();
  for (const [n, { id }] of people.entries()) {
    const account = `person${n}@example.org`;
    const own = { id: `f_${n}`, person: id, accounts: [account] };
    const isBreakIn = n >= count - breakIns;
    const evidence = [signal({ person: id, account })];
    await world.found(isBreakIn ? breakIn({ ...own }) : finding({ ...own, evidence, outcome: 'attacked' }));
  }
  await world.pass(8 * 60 * MINUTE_MS);
  const deliveries = (await Promise.all(people.map(({ id }) => world.deliveries(id)))).flat();
  const isUrgent = ({ message }: SentMessage) =>
    'to' in message &&
    people.slice(-breakIns).some(({ channels }) => channels.some(({ address }) => address === message.to));
  const toPeople = world.sent.filter(({ message }) => 'to' in message && message.to !== 'desk@desk.example');
  const latest = (messages: readonly SentMessage[]) => Math.max(...messages.map(({ at }) => at.getTime())) - start;
  return {
    people: count,
    breakIns,
    breakInSeconds: latest(toPeople.filter(isUrgent)) / 1000,
    allMinutes: latest(toPeople) / MINUTE_MS,
    notices: deliveries.length,
    lost: deliveries.filter(({ status }) => status !== 'accepted' && status !== 'delivered').length,
    duplicates: toPeople.length - new Set(toPeople.map(({ message }) => ('to' in message ? message.to : ''))).size,
    refused: world.attempts.length - world.sent.length,
    messagesPerNotice: world.broker.handled() / deliveries.length,
    tasks: (await world.tasks()).filter(({ kind }) => kind !== 'no-answer').length,
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [people, breakIns] = [Number(process.argv[2] ?? 241), Number(process.argv[3] ?? 4)];
  const began = performance.now();
  const result = await runBurst(people, breakIns);
  for (const [name, value] of Object.entries(result)) console.log(`${name.padEnd(20)} ${Number(value).toFixed(2)}`);
  console.log(`${'real seconds'.padEnd(20)} ${((performance.now() - began) / 1000).toFixed(1)}`);
}
