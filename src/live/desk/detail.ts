/** One finding with its story, who was told and what they said, and who did what about it. */
import type { Delivery } from '../../model/notice.ts';
import { judgeChannel } from '../../notify/taint.ts';
import { placeOf, tellStory } from '../../report/story.ts';
import { ADVICE, HEADLINES, SOURCE_TITLES } from '../../report/wording.ts';
import type { StoredSummary } from '../findings.ts';
import type { StoredFinding } from '../stored-finding.ts';
import type { DeskPorts } from './desk-ports.ts';
import { listedOf, toTask } from './lists.ts';
import { loadWord, type PersonWord, tellingsOf } from './reach.ts';
import type { Detail } from './shape.ts';
import { trailOf } from './trail-pages.ts';

const MOST_LINES = 400;
const MOST_TASKS = 200;

/** A finding that is stored and listed. */
export interface Found {
  readonly stored: StoredFinding;
  readonly listed: StoredSummary;
}

/** By present or former id. `undefined`: pruned, or never was, or not listed yet. @throws UpstreamError */
export async function findFinding(ports: DeskPorts, person: string, id: string): Promise<Found | undefined> {
  const stored = await ports.findings.get(person, id);
  const listed = stored && (await ports.findings.summary(stored.finding.id));
  return stored && listed && { stored, listed };
}

/** Everything about it. @throws UpstreamError */
export async function readDetail(ports: DeskPorts, { stored, listed }: Found): Promise<Detail> {
  const { finding, formerIds, state } = stored;
  const ids = [finding.id, ...formerIds];
  const [people, word, sendable, trail, tasks] = await Promise.all([
    ports.people(),
    loadWord(ports.rows, finding.person),
    ports.sendable(),
    trailOf(ports.rows, new Set([finding.id, ...formerIds]), ports.clock.now()),
    ports.tasks.open(MOST_TASKS),
  ]);
  const { headline, advice } = wordsOf(stored);
  return {
    finding: listedOf(listed.summary, people, word),
    headline,
    advice,
    accounts: [...finding.accounts],
    techniques: [...finding.techniques],
    changes: [...finding.changes],
    cut: finding.cut,
    withdrawn: state === 'withdrawn',
    story: storyOf(stored),
    ...aboutOf(ports, stored, word, people.byId(finding.person), sendable),
    notices: noticesOf(word, ids, people.byId(finding.person)),
    answers: answersOf(word, ids),
    references: tellingsOf(word, ids)
      .map(({ reference }) => reference)
      .reverse(),
    tasks: tasks.filter(({ finding: about }) => about && ids.includes(about)).map((task) => toTask(task, people)),
    trail,
  };
}

function wordsOf({ finding, state }: StoredFinding) {
  if (state === 'withdrawn')
    return { headline: 'Nothing of this is left', advice: 'Its evidence turned out to be the owner’s own doing.' };
  return { headline: HEADLINES[finding.outcome], advice: ADVICE[finding.outcome] };
}

function storyOf({ finding }: StoredFinding): Detail['story'] {
  return tellStory(finding)
    .slice(-MOST_LINES)
    .map(({ at, until, count, text, place, account, signals }) => {
      const source = signals[0]?.source;
      return {
        at: at.toISOString(),
        until: until.toISOString(),
        ...{ count, text },
        place: place || (signals[0] ? placeOf(signals[0]) : ''),
        source: source ? SOURCE_TITLES[source] : '',
        ...(account !== undefined && { account }),
      };
    });
}

type Enrolled = ReturnType<Awaited<ReturnType<DeskPorts['people']>>['byId']>;

function aboutOf(
  ports: DeskPorts,
  { finding }: StoredFinding,
  word: PersonWord,
  person: Enrolled,
  sendable: Awaited<ReturnType<DeskPorts['sendable']>>,
): Pick<Detail, 'about' | 'channels'> {
  if (!person) return { channels: [] };
  const { language, timeZone, sensitive, safetyPlan } = person;
  const context = {
    ...{ person, finding, sendable },
    deliveries: word.deliveries,
    reproveDays: ports.settings.POSTERN_REPROVE_DAYS,
    now: ports.clock.now(),
    ...(ports.hashContact && { hashContact: ports.hashContact }),
  };
  return {
    about: { language, timeZone, sensitive, plan: planOf(safetyPlan) },
    channels: person.channels.map((channel) => {
      const { id, kind, address } = channel;
      const judged = judgeChannel(channel, context);
      return { id, kind, address, use: judged.use, ...(judged.use !== 'full' && { why: judged.why }) };
    }),
  };
}

function planOf({ wording, hours, channels, helper }: NonNullable<Enrolled>['safetyPlan']): string[] {
  return [
    ...(wording === 'desk-only' ? ['Nothing is sent to this person: the desk reaches them as agreed.'] : []),
    ...(wording === 'neutral' ? ['Notices say only: call the desk.'] : []),
    ...(hours ? [`Notices arrive from ${hours.from} to ${hours.to} of their time.`] : []),
    ...(channels ? ['Only some channels may be used.'] : []),
    ...(helper ? [`Trusted helper: ${helper.name}, ${helper.address}`] : []),
  ];
}

function noticesOf(word: PersonWord, ids: readonly string[], person: Enrolled): Detail['notices'] {
  const references = new Set(tellingsOf(word, ids).map(({ reference }) => reference));
  return word.deliveries
    .filter(({ notice }) => references.has(notice.reference))
    .map((delivery) => {
      const { notice, status, why } = delivery;
      const address =
        notice.channel === 'helper'
          ? person?.safetyPlan.helper?.address
          : person?.channels.find(({ id }) => id === notice.channel)?.address;
      const at = lastTime(delivery);
      return {
        id: notice.id,
        channel: notice.channel,
        kind: notice.kind,
        variant: notice.variant,
        status,
        reference: notice.reference,
        ...(notice.state && { state: notice.state }),
        ...(address !== undefined && { address }),
        ...(at && { at: at.toISOString() }),
        ...(why !== undefined && { why }),
      };
    })
    .sort((a, b) => ((a.at ?? '') < (b.at ?? '') ? 1 : -1));
}

function lastTime({ times, status }: Delivery): Date | undefined {
  return times[status] ?? times.planned;
}

function answersOf(word: PersonWord, ids: readonly string[]): Detail['answers'] {
  const references = new Set(tellingsOf(word, ids).map(({ reference }) => reference));
  return word.answers
    .filter(({ reference }) => references.has(reference))
    .flatMap(({ reference, given }) =>
      given.map(({ answer, at, via, trust }) => ({ ...{ reference, answer, via, trust }, at: at.toISOString() })),
    )
    .sort((a, b) => (a.at < b.at ? 1 : -1));
}
