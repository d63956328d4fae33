/** From a decision to the notice that says it. */
import type { ContactChannel } from '../model/enrolled-person.ts';
import type { Finding, Outcome } from '../model/finding.ts';
import type { Notice, NoticeState } from '../model/notice.ts';
import { changeKinds } from './change-kinds.ts';
import { maskAccount } from './mask.ts';
import { noticeId } from './plan-ids.ts';
import type { TaintContext } from './taint.ts';

/** What all notices of a telling share. */
export interface TellingFacts {
  readonly episode: string;
  readonly outcome: Outcome;
  readonly state: NoticeState;
  readonly reference: string;
  readonly card?: number;
  readonly cardGeneration?: number;
  readonly at: Date;
}

/** 0 = break-ins, 1 = changes, 2 = the rest. */
export function priorityOf(state: NoticeState): 0 | 1 | 2 {
  return state === 'got-in' ? 0 : state === 'changed' ? 1 : 2;
}

/**
 * A notice over one channel. The desk line and the neutral wording carry no details at all, so that none can slip into
 * a text. The desk line quotes no card pair either: a pair in a mailbox that the attacker reads is the attacker's.
 */
export function toNotice(
  { person, finding }: TaintContext,
  facts: TellingFacts & { readonly channel: ContactChannel; readonly use: 'full' | 'desk-line' },
): Notice {
  const { channel, episode, state, outcome, reference, card, cardGeneration, at, use } = facts;
  const isFull = use === 'full';
  const isNormal = isFull && person.safetyPlan.wording === 'normal';
  const account = accountOf({ person, finding });
  return {
    id: noticeId(person.id, episode, state, channel.id, 'tell'),
    person: person.id,
    finding: finding.id,
    state,
    outcome,
    variant: isNormal ? 'normal' : isFull ? 'neutral' : 'desk-line',
    channel: channel.id,
    kind: channel.kind,
    reference,
    ...(isFull && card !== undefined && { card, ...(cardGeneration !== undefined && { cardGeneration }) }),
    priority: priorityOf(state),
    at,
    ...(isNormal && { from: finding.first, to: finding.last, ...(account !== undefined && { account }) }),
    changes: isNormal ? [...changeKinds(finding)] : [],
  };
}

/** To the trusted helper, if there is one whom something can be sent to: neutral, without a card pair. */
export function toHelperNotice({ person, finding, sendable }: TaintContext, facts: TellingFacts): Notice[] {
  const { helper } = person.safetyPlan;
  if (!helper || !sendable.has(helper.kind)) return [];
  return [
    {
      id: noticeId(person.id, facts.episode, facts.state, 'helper', 'helper'),
      person: person.id,
      finding: finding.id,
      state: facts.state,
      outcome: facts.outcome,
      variant: 'helper',
      channel: 'helper',
      kind: helper.kind,
      reference: facts.reference,
      priority: priorityOf(facts.state),
      at: facts.at,
      changes: [],
    },
  ];
}

/** The account that most of the evidence is about, masked; mail that arrived somewhere counts only when there is nothing else. */
function accountOf({ person, finding }: { person: TaintContext['person']; finding: Finding }): string | undefined {
  const counts = new Map<string, number>();
  for (const { account, source } of finding.evidence) {
    counts.set(account, (counts.get(account) ?? 0) + (source === 'provider-mail' ? 0 : 1));
  }
  const [best] = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const key = best?.[0] ?? finding.accounts[0];
  const account = person.accounts.find(({ upn, id }) => upn === key || id === key) ?? person.accounts[0];
  // Masking again, as composing does, changes nothing.
  return account && maskAccount(account.upn);
}
