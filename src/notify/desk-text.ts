/**
 * What the desk reads: plain English, with the details that a person's notice leaves out. Everything that comes from a
 * log is made one line each, because a device or app can be named by whoever attacks.
 */
import type { DeskNotice } from '../model/desk-notice.ts';
import type { DeskTaskKind, DeskTaskReason } from '../model/desk-task.ts';
import type { EnrolledPerson } from '../model/enrolled-person.ts';
import type { Finding, Outcome, Signal } from '../model/finding.ts';
import { cleanLine } from './clean.ts';
import { formatReference } from './reference.ts';
import type { ChannelUse } from './taint.ts';

/** What a desk notice is about, as far as it is still stored. */
export interface DeskContext {
  readonly organization: string;
  readonly person?: Pick<EnrolledPerson, 'id' | 'name' | 'timeZone' | 'language'> | undefined;
  readonly finding?: Finding | undefined;
  /** The person's channels with regard to this finding. */
  readonly channels?:
    | readonly {
        readonly channel: string;
        readonly kind: string;
        readonly use: ChannelUse['use'];
        readonly why?: string;
      }[]
    | undefined;
}

/** Subject and text. */
export interface DeskText {
  readonly subject: string;
  readonly text: string;
}

const OUTCOME_TEXT: Readonly<Record<Outcome, string>> = {
  identified: 'somebody looked up the recovery options',
  attacked: 'somebody tried to get in',
  compromised: 'somebody got in',
};

/** What each kind of task asks for, as a clause. */
export const TASK_TEXT: Readonly<Record<DeskTaskKind, string>> = {
  'reach-by-voice': 'reach this person by voice or in person',
  'not-me': 'the person says that it was not them',
  'no-answer': 'the person was told and has not answered',
  'channel-lost': 'a channel of this person cannot be used any more',
  'new-card': 'all pairs of the safety card are used',
  broken: 'the watch needs you',
};

/** Why it is a task, and what to do. */
export const WHY_TEXT: Readonly<Record<DeskTaskReason, string>> = {
  'no-channel': 'No channel is left that the attack does not touch. Call a number that you knew before, or go there.',
  'one-channel': 'There should be two independent channels, one outside our own mail. Call to make sure.',
  'desk-only': 'The safety plan says that nothing is sent. Do what was agreed on.',
  'quiet-hours': 'The safety plan allows no message now. The notice waits; act on what was agreed on.',
  'daily-cap': 'The person was told so often today that the notice waits. Call them.',
  undelivered: 'Everything was tried, and nothing is known to have arrived. Call them.',
  silence: 'Call them on a number that you knew before.',
  answer: 'Act now: revoke sessions, set a new password with the person, and undo every change.',
  stopped: 'The carrier was told to stop. Agree on another number; do not ask the person to write START.',
  bounced: 'Mail to it came back. Agree on another address and prove it.',
  suppressed: 'The provider refuses to send to it. Agree on another address and prove it.',
  failed: 'It cannot be written to. Agree on another one and prove it.',
  'card-used-up': 'Print a new safety card; until then notices quote no pair.',
  'dead-letter': 'A message was given up. The page health says which.',
  blind: 'Something cannot be seen. The page health says what and why.',
};

const MOST_EVIDENCE = 40;

/** The subject and the text of a desk notice. */
export function deskText(notice: DeskNotice, context: DeskContext): DeskText {
  const headline = headlineOf(notice);
  const reference = notice.reference ? formatReference(notice.reference) : undefined;
  const subject = cleanLine(
    `${context.organization} Postern: ${headline}${reference ? `, ref ${reference}` : ''}`,
    160,
  );
  const lines = [
    `${headline.charAt(0).toUpperCase()}${headline.slice(1)}.`,
    ...(notice.why ? [WHY_TEXT[notice.why]] : []),
    ...(notice.kind === 'break-in'
      ? ['Revoke all sessions, set a new password with the person on a number you already knew, and undo every change.']
      : []),
    '',
    ...aboutPerson(notice, context, reference),
    ...Object.entries(notice.facts).map(([name, value]) => `${name}: ${cleanLine(String(value))}`),
    ...(context.channels ? ['', ...aboutChannels(context.channels)] : []),
    ...(context.finding ? ['', ...aboutFinding(context.finding)] : []),
  ];
  return { subject, text: `${lines.join('\n').trim()}\n` };
}

function headlineOf({ kind, task, facts }: DeskNotice): string {
  switch (kind) {
    case 'break-in':
      return 'somebody got in';
    case 'task':
      return task ? TASK_TEXT[task] : 'something to do';
    case 'answer':
      return facts.answer === 'not-me' ? TASK_TEXT['not-me'] : 'a person answered that it was them';
    case 'dead-letter':
      return 'a message was given up';
    case 'blind':
      return 'the watch is blind in one place';
    case 'sign-of-life':
      return 'the watch is awake; you get this once a week';
  }
}

function aboutPerson({ person, at }: DeskNotice, context: DeskContext, reference: string | undefined): string[] {
  const name = context.person ? `${cleanLine(context.person.name, 80)} (${context.person.id})` : person;
  return [
    ...(name === undefined ? [] : [`Person: ${name}`]),
    ...(context.person
      ? [`Language and time zone: ${context.person.language}, ${cleanLine(context.person.timeZone, 60)}`]
      : []),
    ...(reference === undefined ? [] : [`Reference: ${reference}`]),
    `Told to you: ${instant(at)}`,
  ];
}

const USE_TEXT: Readonly<Record<ChannelUse['use'], string>> = {
  full: 'not touched by the attack',
  'desk-line': 'may be in the hands of the attacker',
  none: 'of no use',
};

function aboutChannels(channels: NonNullable<DeskContext['channels']>): string[] {
  if (channels.length === 0) return ['Channels: none'];
  const lines = channels.map(({ channel, kind, use, why }) => {
    return `- ${kind} ${channel}: ${USE_TEXT[use]}${why === undefined ? '' : ` (${why})`}`;
  });
  return ['Channels (numbers and addresses are on the desk page):', ...lines];
}

function aboutFinding(finding: Finding): string[] {
  const shown = finding.evidence.slice(-MOST_EVIDENCE);
  const left = finding.evidence.length - shown.length;
  return [
    `Finding ${finding.id}: ${OUTCOME_TEXT[finding.outcome]} (level ${finding.level})`,
    `Accounts: ${finding.accounts.map((account) => cleanLine(account)).join(', ')}`,
    `When: ${instant(finding.first)} to ${instant(finding.last)}`,
    `Chains: ${finding.chains.join(', ')}`,
    ...(finding.changes.length > 0 ? ['Changes:', ...finding.changes.map((change) => `- ${cleanLine(change)}`)] : []),
    left > 0 ? `Evidence (the last ${shown.length}, ${left} before):` : 'Evidence:',
    ...shown.map(evidenceLine),
  ];
}

function evidenceLine({ at, story, account, ip, country, client }: Signal): string {
  const where = [ip, country, client].flatMap((part) => (part ? [cleanLine(part, 80)] : [])).join(', ');
  return `- ${instant(at)} ${cleanLine(account)}: ${cleanLine(story)}${where ? ` [${where}]` : ''}`;
}

function instant(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** The same as JSON for a webhook: `text` at the top for Teams and Slack, the rest for programs. */
export function deskJson(notice: DeskNotice, context: DeskContext): Readonly<Record<string, unknown>> {
  const { subject, text } = deskText(notice, context);
  const { finding, person } = context;
  return {
    schema: 'postern.desk/1',
    text: `${subject}\n\n${text}`,
    id: notice.id,
    kind: notice.kind,
    priority: notice.priority,
    at: notice.at.toISOString(),
    ...(notice.task && { task: notice.task }),
    ...(notice.why && { why: notice.why }),
    ...(notice.reference && { reference: notice.reference }),
    ...(notice.person && { person: { id: notice.person, ...(person && { name: cleanLine(person.name, 80) }) } }),
    facts: notice.facts,
    ...(context.channels && { channels: context.channels }),
    ...(finding && {
      finding: {
        id: finding.id,
        outcome: finding.outcome,
        level: finding.level,
        accounts: finding.accounts,
        chains: finding.chains,
        first: finding.first.toISOString(),
        last: finding.last.toISOString(),
        changes: finding.changes,
        attempts: finding.attempts,
        evidence: finding.evidence.slice(-MOST_EVIDENCE),
      },
    }),
  };
}
