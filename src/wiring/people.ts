/** The admin API of people and notices, put together from clients. */
import { randomBytes, randomInt } from 'node:crypto';
import { requireSettings } from '../config.ts';
import type { Actor } from '../live/authorize.ts';
import type { NoticePorts } from '../live/notice-ports.ts';
import type { WebReply, WebRequest } from '../live/web.ts';
import type { Clients } from './clients.ts';
import type { Reading } from './reading.ts';

/** Verifies notices and runs drills, for somebody who may. @throws UpstreamError */
export async function answerNotices(ports: NoticePorts, request: WebRequest, { id: actor }: Actor): Promise<WebReply> {
  const [{ handleNotices }, { appendTrail }] = await Promise.all([
    import('../live/notice-api.ts'),
    import('../live/trail.ts'),
  ]);
  return handleNotices(request, {
    notices: ports,
    note: (entry) =>
      appendTrail(ports.rows, [{ at: ports.clock.now(), actor, ...entry }], randomBytes(4).toString('hex')),
  });
}

/** Enrolls, for somebody who may. @throws UpstreamError, ConfigError without POSTERN_HASH_KEY */
export async function answerPeople(
  clients: Clients,
  reading: Reading,
  request: WebRequest,
  { id: actor }: Actor,
): Promise<WebReply> {
  const [{ handlePeople }, { sendCode }, { createLedger }, { appendTrail }, { personCard }] = await Promise.all([
    import('../live/people/admin.ts'),
    import('../live/people/send-code.ts'),
    import('../live/ledger.ts'),
    import('../live/trail.ts'),
    import('../live/people/card.ts'),
  ]);
  const { clock, hash, settings } = clients;
  requireSettings(settings, ['POSTERN_HASH_KEY']);
  const rows = await clients.rows();
  const now = clock.now();
  const claim = (reference: string, person: string) =>
    createLedger(rows).claimReference(reference, { person, finding: '', kind: 'code' });
  return handlePeople(
    request,
    {
      rows,
      actor,
      people: await reading.people(),
      hash,
      random: (length) => Array.from({ length }, () => randomInt(36).toString(36)).join(''),
      randomCode: () => String(randomInt(10 ** 8)).padStart(8, '0'),
      send: async (person, to, code) =>
        sendCode({ settings, transports: await clients.transports(), claim }, person, to, code, now),
      cardPage: (person) => personCard(settings, person, now),
      note: (...entries) =>
        appendTrail(
          rows,
          entries.map((entry) => ({ at: now, actor, ...entry })),
          randomBytes(4).toString('hex'),
        ),
    },
    now,
  );
}
