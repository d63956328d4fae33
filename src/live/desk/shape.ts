/**
 * The JSON of the desk's API. One file for both ends: the functions answer in it, and infra/desk-page.ts bundles it with
 * zod for the page, which reads nothing that does not fit. No imports but zod and lists of words.
 */
import { z } from 'zod';
import { CLOSE_REASONS, DESK_STATUSES } from '../../model/desk-status.ts';
import { DESK_TASK_KINDS, DESK_TASK_REASONS } from '../../model/desk-task.ts';
import { OUTCOMES } from '../../model/finding.ts';
import { NOTICE_STATES } from '../../model/notice.ts';

/** Header that every action must carry: a form of another site cannot send it. */
export const ACTION_HEADER = 'x-postern-desk';

const At = z.iso.datetime();
const text = z.string();
const count = z.number();
const Outcome = z.enum(OUTCOMES);

/** How far word has got to a person, best first. `answered` counts as reached, and so does `delivered`. */
export const REACHES = ['answered', 'delivered', 'sent', 'waiting', 'failed', 'dry-run', 'nobody-told'] as const;
/** How far word has got. */
export type ReachKind = (typeof REACHES)[number];

/** Who is meant. Name and account are those of the people store; of somebody who has left it only the id is known. */
export const PersonRef = z.object({ id: text, name: text.optional(), account: text.optional() });

/** How far word of a finding has got. */
export const Reach = z.object({
  kind: z.enum(REACHES),
  /** Notices of it, and those of them that are known to have arrived. */
  notices: count,
  delivered: count,
  at: At.optional(),
  answer: z.enum(['me', 'not-me']).optional(),
});

/** What the desk decided. */
export const Desk = z.object({
  status: z.enum(DESK_STATUSES),
  by: text.optional(),
  at: At.optional(),
  reason: z.enum(CLOSE_REASONS).optional(),
  note: text.optional(),
  /** The finding has changed since. */
  revised: z.boolean(),
});

/** A finding in a list. `tag`: the version of finding and decision that is shown; actions carry it. */
export const Listed = z.object({
  id: text,
  tag: text,
  person: PersonRef,
  outcome: Outcome,
  /** Only staged rules conclude it: nobody is told. */
  staged: z.boolean(),
  level: text,
  first: At,
  last: At,
  attempts: count,
  chains: z.array(text),
  desk: Desk,
  reach: Reach,
});
/** A finding in a list. */
export type Listed = z.infer<typeof Listed>;

/** A page of findings. */
export const FindingsPage = z.object({ findings: z.array(Listed), next: text.optional() });

/** Something to do. `tag` as of findings. */
export const Task = z.object({
  id: text,
  tag: text,
  kind: z.enum(DESK_TASK_KINDS),
  why: z.enum(DESK_TASK_REASONS),
  /** What to do and why, in words. */
  title: text,
  hint: text,
  person: PersonRef.optional(),
  finding: text.optional(),
  reference: text.optional(),
  priority: z.literal([0, 1, 2]),
  since: At,
  status: z.enum(DESK_STATUSES),
  by: text.optional(),
});
/** Something to do. */
export type Task = z.infer<typeof Task>;

/** Something that cannot be seen. */
export const Blind = z.object({
  what: text,
  since: At.optional(),
  why: text,
  /** Titles of rules that see nothing because of it. */
  rules: z.array(text),
});
/** Something that cannot be seen. */
export type Blind = z.infer<typeof Blind>;

/** Findings of several people that share an origin. */
export const DeskCampaign = z.object({
  id: text,
  origins: text,
  first: At,
  last: At,
  attempts: count,
  identified: count,
  attacked: count,
  compromised: count,
  findings: count,
});

/** What takes a reading of everything: made now and then, and says when. */
export const Overview = z.object({
  at: At,
  campaigns: z.array(DeskCampaign),
  /** People with a finding of at least `attacked`: all, told, reached, answered. */
  reach: z.object({ people: count, told: count, reached: count, answered: count }),
});
/** What takes a reading of everything. */
export type Overview = z.infer<typeof Overview>;

/** What is known of it now; nothing while it is made for the first time. */
export const OverviewReply = z.object({ overview: Overview.optional() });

/** Everything on the first screen. */
export const State = z.object({
  at: At,
  organization: text,
  mode: z.enum(['dry-run', 'live']),
  me: text,
  /** Revoking sessions is allowed by POSTERN_DESK_ACTIONS. */
  actions: z.boolean(),
  totals: z.object({ attempts: count, identified: count, attacked: count, compromised: count }),
  /** Findings by status and outcome, as `open attacked`. */
  byStatus: z.record(text, count),
  /** Day (UTC), attempts that began, people on whom an attack began, people whose account somebody got into. */
  days: z.array(z.tuple([text, count, count, count])),
  blind: z.object({ known: z.boolean(), gaps: z.array(Blind) }),
  /** Break-ins that nobody has closed, newest first. */
  brokenInto: z.array(Listed),
  tasks: z.object({ open: z.array(Task), more: z.boolean() }),
  findings: FindingsPage,
  overview: Overview.optional(),
  /** The overview should be made anew. */
  stale: z.boolean(),
});
/** Everything on the first screen. */
export type State = z.infer<typeof State>;

/** A line of a story. */
export const Line = z.object({
  at: At,
  until: At,
  count,
  text,
  place: text,
  account: text.optional(),
  source: text,
});

/** One notice. */
export const NoticeRow = z.object({
  id: text,
  channel: text,
  address: text.optional(),
  kind: z.enum(['email', 'sms']),
  variant: text,
  state: z.enum(NOTICE_STATES).optional(),
  status: text,
  at: At.optional(),
  reference: text,
  why: text.optional(),
});

/** How a person can be reached. `use`: full notice, one neutral line, or nothing, and why. */
export const ChannelRow = z.object({
  id: text,
  kind: z.enum(['email', 'sms']),
  address: text,
  use: z.enum(['full', 'desk-line', 'none']),
  why: text.optional(),
});

/** What somebody answered. */
export const AnswerRow = z.object({
  reference: text,
  answer: z.enum(['me', 'not-me']),
  at: At,
  via: z.enum(['page', 'sms', 'desk']),
  trust: z.enum(['tainted', 'untainted', 'factor']),
});

/** One entry of the audit trail. */
export const TrailRow = z.object({
  at: At,
  actor: text,
  action: text,
  person: text.optional(),
  ref: text.optional(),
  detail: text.optional(),
});
/** Entries, newest first. `before`: where to read on. */
export const TrailPage = z.object({ entries: z.array(TrailRow), before: At.optional() });

/** One finding with everything around it. */
export const Detail = z.object({
  finding: Listed,
  /** Somebody looked up the recovery options … */
  headline: text,
  /** What to do next. */
  advice: text,
  accounts: z.array(text),
  techniques: z.array(text),
  changes: z.array(text),
  cut: z.boolean(),
  withdrawn: z.boolean(),
  story: z.array(Line),
  /** Language, time zone, and what the safety plan asks for. */
  about: z.object({ language: text, timeZone: text, sensitive: z.boolean(), plan: z.array(text) }).optional(),
  channels: z.array(ChannelRow),
  notices: z.array(NoticeRow),
  answers: z.array(AnswerRow),
  /** References that an answer can be taken for, newest first. */
  references: z.array(text),
  tasks: z.array(Task),
  trail: z.array(TrailRow),
});
/** One finding with everything around it. */
export type Detail = z.infer<typeof Detail>;

/** A false alarm that is kept for rule authors. */
export const CaseRow = z.object({ id: text, finding: text, at: At, by: text, note: text, chains: z.array(text) });
/** All of them, newest first. */
export const Cases = z.object({ cases: z.array(CaseRow) });

const about = { person: text, finding: text, tag: text };
const note = text.trim().max(500);
/** What somebody at the desk does. Every action names the version that it was decided on. */
export const Action = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('acknowledge'), ...about }),
  z.strictObject({ action: z.literal('reopen'), ...about }),
  z.strictObject({
    action: z.literal('close'),
    ...about,
    reason: z.enum(CLOSE_REASONS).exclude(['false-alarm']),
    note,
  }),
  z.strictObject({ action: z.literal('false-alarm'), ...about, note: note.min(1) }),
  /** `confirm`: the person's id once more, from the confirm step. */
  z.strictObject({ action: z.literal('revoke'), ...about, confirm: text }),
  z.strictObject({
    action: z.literal('answer'),
    ...about,
    reference: text,
    answer: z.enum(['me', 'not-me']),
    words: text.max(80).optional(),
  }),
  z.strictObject({ action: z.literal('ask-pair'), ...about, reference: text }),
  z.strictObject({
    action: z.literal('task'),
    task: text,
    tag: text,
    status: z.enum(DESK_STATUSES),
    note: note.optional(),
  }),
]);
/** What somebody at the desk does. */
export type Action = z.infer<typeof Action>;

/** What came of an action. `said`: in words, for whoever did it. */
export const Done = z.object({
  said: text,
  /** The finding as it is now; absent for tasks. */
  detail: Detail.optional(),
  /** Number of the pair to ask for. */
  pair: count.optional(),
  /** Per account and step of `revoke`. */
  steps: z
    .array(z.object({ account: text, step: z.enum(['sessions', 'password']), ok: z.boolean(), why: text }))
    .optional(),
});
/** What came of an action. */
export type Done = z.infer<typeof Done>;

/** Why not. `changed`: what is different from what the officer saw, one sentence each (status 409). */
export const Refusal = z.object({ error: text, changed: z.array(text).optional() });
