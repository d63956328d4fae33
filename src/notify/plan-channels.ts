/** Over which channels a telling goes, and what is missing. */
import type { ContactChannel } from '../model/enrolled-person.ts';
import type { Outcome } from '../model/finding.ts';
import type { NoticeState } from '../model/notice.ts';
import { hasContactChange } from './change-kinds.ts';
import { type ChannelChoice, chooseChannels } from './choose-channels.ts';
import { judgeChannel, RECENT_MS, type Taint, type TaintContext } from './taint.ts';

/** Over which channels a telling goes. */
export interface Ways {
  /** These say it. */
  readonly full: readonly ContactChannel[];
  /** These carry the one neutral line. */
  readonly deskLine: readonly ContactChannel[];
  /** Untainted ones that are left, best first. */
  readonly spare: readonly ContactChannel[];
  readonly tellsHelper: boolean;
  /** What is missing from "two independent channels, one outside the tenant's mail"; nothing when enough. */
  readonly lack?: 'desk-only' | 'no-channel' | 'one-channel';
}

/** Decides over which channels a person hears of `state`. `outcome`: that of the chains people are told of. */
export function waysOf(input: TaintContext & { readonly outcome: Outcome }, state: NoticeState): Ways {
  const { person } = input;
  if (person.safetyPlan.wording === 'desk-only')
    return { full: [], deskLine: [], spare: [], tellsHelper: false, lack: 'desk-only' };
  const usable = usableChannels(input);
  const choice = chooseChannels(usable.full, person);
  const isMoved = hasMoved(input);
  const full = isMoved ? [...choice.chosen, ...choice.spare] : choice.chosen;
  const lack = lackOf(choice, state, input.outcome);
  const deskLine = usable.deskLine.filter(({ why }) => isMoved || (lack && why !== 'replaced'));
  return {
    full,
    deskLine: deskLine.map(({ channel }) => channel),
    spare: isMoved ? [] : choice.spare,
    tellsHelper: lack === 'no-channel' && state !== 'tried',
    ...(lack && { lack }),
  };
}

/** A look-up alone needs one channel outside; everything else two. */
function lackOf({ chosen, hasOutside }: ChannelChoice, state: NoticeState, outcome: Outcome): Ways['lack'] {
  if (chosen.length === 0) return 'no-channel';
  const needed = state === 'tried' && outcome === 'identified' ? 1 : 2;
  return chosen.length < needed || !hasOutside ? 'one-channel' : undefined;
}

/** The person's channels by what may be sent over them. */
export function usableChannels(input: TaintContext): {
  readonly full: readonly ContactChannel[];
  readonly deskLine: readonly { readonly channel: ContactChannel; readonly why: Taint }[];
} {
  const judged = input.person.channels.map((channel) => ({ channel, judged: judgeChannel(channel, input) }));
  const deskLine = judged.flatMap(({ channel, judged: use }) =>
    use.use === 'desk-line' ? [{ channel, why: use.why }] : [],
  );
  return { full: judged.filter(({ judged: { use } }) => use === 'full').map(({ channel }) => channel), deskLine };
}

/** Recovery contacts or our own channels were changed: everybody whom we know is told, also where the person was before. */
function hasMoved(input: TaintContext): boolean {
  const { person, finding, now } = input;
  const since = Math.min(finding.first.getTime(), now.getTime() - RECENT_MS);
  const isReplaced = person.channels.some(({ retiredAt }) => retiredAt !== undefined && retiredAt.getTime() >= since);
  const isAdded = usableChannels(input).deskLine.some(({ why }) => why === 'added-lately');
  return hasContactChange(finding) || isReplaced || isAdded;
}
