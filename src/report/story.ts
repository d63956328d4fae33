/** A finding as a story: what happened, in order, each line once. */
import type { Finding, Signal } from '../model/finding.ts';
import { clock, count, counted, day, dayKey, sentence } from './wording.ts';

/** One line of a story. Equal neighbors are one line with a count. */
export interface StoryLine {
  readonly at: Date;
  /** Time of the last of `count`. */
  readonly until: Date;
  readonly count: number;
  /** A clause: "the recovery options of the account were shown". */
  readonly text: string;
  /** Where from, as `192.0.2.7, NL, windows/edge`; empty when the log does not say. */
  readonly place: string;
  /** Which account, where the person has several. */
  readonly account: string | undefined;
  readonly signals: readonly Signal[];
}

/** The evidence in order of time, neighbors that say the same told once. */
export function tellStory(finding: Finding): readonly StoryLine[] {
  const lines: StoryLine[] = [];
  for (const signal of finding.evidence) {
    const place = placeOf(signal);
    const account = finding.accounts.length > 1 ? signal.account : undefined;
    const before = lines.at(-1);
    const repeats =
      before?.text === signal.story &&
      before.place === place &&
      before.account === account &&
      dayKey(before.at) === dayKey(signal.at);
    if (before && repeats) {
      lines[lines.length - 1] = {
        ...before,
        until: signal.at,
        count: before.count + 1,
        signals: [...before.signals, signal],
      };
    } else {
      lines.push({ at: signal.at, until: signal.at, count: 1, text: signal.story, place, account, signals: [signal] });
    }
  }
  return lines;
}

/** `192.0.2.7, NL, windows/edge`: what the record says of where it came from. */
export function placeOf(signal: Signal): string {
  return [signal.ip ?? signal.network, signal.country, signal.client].filter((part) => part).join(', ');
}

/** `09:14`, or `09:14 to 09:20` for repeated lines. */
export function timesOf(line: StoryLine): string {
  return clock(line.at) === clock(line.until) ? clock(line.at) : `${clock(line.at)} to ${clock(line.until)}`;
}

/** The clause with its count and account: "a code was sent (3 times, ada@example.org)". */
export function clauseOf(line: StoryLine): string {
  const details = [line.count > 1 ? `${line.count} times` : '', line.account ?? ''].filter((part) => part);
  return details.length > 0 ? `${line.text} (${details.join(', ')})` : line.text;
}

/** The story as sentences of plain text, one per line; day and place are named where they change. For machines and mails. */
export function storyText(finding: Finding): readonly string[] {
  let before: StoryLine | undefined;
  return tellStory(finding).map((line) => {
    const prefix = before && day(line.at) === day(before.at) ? '' : `${day(line.at)}, `;
    const told = `${prefix}${timesOf(line)} ${clauseOf(line)}${fromWhere(line, before)}`;
    before = line;
    return told;
  });
}

/** `, from 192.0.2.7, NL`; empty where the record does not say or the place is that of the line before. */
export function fromWhere(line: StoryLine, before: StoryLine | undefined): string {
  return line.place && line.place !== before?.place ? `, from ${line.place}` : '';
}

/** Everything in one sentence: "3 attempts from 2 addresses over 27 min". */
export function gist(finding: Finding): string {
  const addresses = new Set(finding.evidence.flatMap((signal) => signal.ip ?? []));
  const parts = [
    finding.attempts > 0 ? counted(finding.attempts, 'attempt') : counted(finding.evidence.length, 'signal'),
  ];
  if (addresses.size > 0) parts.push(`from ${counted(addresses.size, 'address', 'addresses')}`);
  return sentence(parts.join(' '));
}

/** Kinds of origins of a campaign, as its origins begin, in words. */
const ORIGINS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  ip: ['address', 'addresses'],
  network: ['network', 'networks'],
  client: ['client', 'clients'],
  asn: ['autonomous system', 'autonomous systems'],
  actor: ['actor', 'actors'],
};

function kindOf(origin: string): string {
  const [kind = ''] = origin.split(' ');
  return Object.hasOwn(ORIGINS, kind) ? kind : '';
}

/** What a campaign's members share, by kind: "3 addresses (192.0.2.7, 192.0.2.8 and 1 more), network 192.0.2.0/24". */
export function originsText(origins: readonly string[], shown: number): string {
  const kinds = Map.groupBy(origins, (origin) => kindOf(origin));
  return [...kinds]
    .flatMap(([kind = '', some]) => {
      const words = ORIGINS[kind];
      if (!words) return some;
      const values = some.map((origin) => origin.slice(kind.length + 1));
      if (values.length === 1) return [`${words[0]} ${values[0]}`];
      const rest = values.length - shown;
      const list = values.slice(0, shown).join(', ') + (rest > 0 ? ` and ${count(rest)} more` : '');
      return [`${count(values.length)} ${words[1]} (${list})`];
    })
    .join(', ');
}
