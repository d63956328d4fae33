/** For the desk: which of a person's channels an attack does not touch, so that they can be called on one of them. */
import type { EnrolledPerson } from '../model/enrolled-person.ts';
import type { Finding } from '../model/finding.ts';
import { type ChannelUse, judgeChannel, type TaintContext } from '../notify/taint.ts';
import { createLedger, type PersonLedger } from './ledger.ts';
import type { NoticePorts } from './notice-ports.ts';
import { transportsFor } from './quotas.ts';

/** One channel, as it is with regard to one finding. No address: the desk looks it up. */
export interface ChannelState {
  readonly channel: string;
  readonly kind: 'email' | 'sms';
  readonly use: ChannelUse['use'];
  /** Why not `full`. */
  readonly why?: string;
}

/** All channels of a person. @throws UpstreamError */
export async function channelStates(
  ports: NoticePorts,
  person: EnrolledPerson,
  finding: Finding,
): Promise<ChannelState[]> {
  const context = taintContext(ports, person, finding, await createLedger(ports.rows).load(person.id));
  return person.channels.map((channel) => {
    const { id, kind } = channel;
    const judged = judgeChannel(channel, context);
    return { channel: id, kind, use: judged.use, ...('why' in judged && { why: judged.why }) };
  });
}

/** What judging channels needs, from what is stored now. */
export function taintContext(
  ports: NoticePorts,
  person: EnrolledPerson,
  finding: Finding,
  { deliveries }: PersonLedger,
): TaintContext {
  const { hashContact } = ports;
  return {
    finding,
    person,
    deliveries: [...deliveries.values()].map(({ delivery }) => delivery),
    sendable: new Set((['email', 'sms'] as const).filter((kind) => transportsFor(ports, kind).length > 0)),
    reproveDays: ports.settings.POSTERN_REPROVE_DAYS,
    now: ports.clock.now(),
    ...(hashContact && { hashContact }),
  };
}
