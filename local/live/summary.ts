/** What a local run says at its end: who was found, who was told, what cannot be seen, where to look. */

import type { FindingSummary, FindingTotals } from '../../src/live/findings.ts';
import type { Health } from '../../src/live/health.ts';
import type { EnrolledPerson } from '../../src/model/enrolled-person.ts';
import { count, visible } from '../../src/report/wording.ts';
import type { CampaignTruth } from '../campaign.ts';
import type { Letter } from '../outbox/letters.ts';

/** The size of the campaign that Microsoft described on 2019-10-04. */
export const EXPECTED = { attempts: 2700, attacked: 241, compromised: 4 } as const;

/** Everything that is told. */
export interface Result {
  readonly totals: FindingTotals;
  readonly findings: readonly FindingSummary[];
  readonly people: ReadonlyMap<string, EnrolledPerson>;
  readonly letters: readonly Letter[];
  readonly health: Health;
  readonly truth: CampaignTruth;
}

/** The three numbers, and the four with what they were told. */
export function resultText(result: Result): string {
  const { totals, findings, people, letters } = result;
  const width = count(totals.attempts).length;
  const lines = [
    `   ${count(totals.attempts)} attempts to identify accounts`,
    `   ${count(totals.attacked).padStart(width)} people attacked`,
    `   ${count(totals.compromised).padStart(width)} compromised`,
    '',
  ];
  for (const { person: id, last } of findings.filter(({ outcome }) => outcome === 'compromised')) {
    const person = people.get(id);
    if (!person) continue;
    lines.push(
      `   ${visible(person.name)}, ${person.accounts[0]?.upn ?? id}, in ${person.language}; last evidence ${last.toISOString()}`,
    );
    const addresses = new Map(person.channels.map(({ address, kind }) => [address.toLowerCase(), kind]));
    const got = letters.filter(({ to }) => addresses.has(to.toLowerCase()));
    for (const letter of got) lines.push(`     ${letter.at}  ${letter.via}  ${visible(firstLine(letter))}`);
    if (got.length === 0) lines.push('     was told nothing');
    lines.push('');
  }
  const told = letters.filter(({ via }) => via !== 'desk-webhook').length;
  lines.push(
    `   ${count(told)} letters to people and the desk, ${count(letters.length - told)} posts to the desk's webhook`,
  );
  const { blind } = result.health.rules;
  if (blind.length > 0) {
    lines.push('', `   ${blind.length} rules were blind:`, ...blind.map(({ rule, why }) => `     ${rule}: ${why}`));
  }
  return `${lines.join('\n')}\n`;
}

function firstLine({ subject, text, via }: Letter): string {
  const line = text.split('\n').find((one) => one.trim() !== '') ?? '';
  return via === 'acs-sms' ? line : `${subject ?? ''} · ${line}`;
}

/** What is not as the generator of the campaign knows it to be. Empty when all is well. */
export function differences({ totals, findings, people, truth, letters }: Result): string[] {
  const expected = { attempts: truth.attempts, attacked: truth.attacked.length, compromised: truth.compromised.length };
  const wrong = Object.entries(expected).flatMap(([name, number]) => {
    const got = totals[name as keyof typeof expected];
    return got === number ? [] : [`${name}: ${count(got)} instead of ${count(number)}`];
  });
  const upnOf = (id: string) => people.get(id)?.accounts[0]?.upn ?? id;
  const of = (outcomes: readonly string[]) =>
    new Set(findings.filter(({ outcome }) => outcomes.includes(outcome)).map(({ person }) => upnOf(person)));
  const named = of(['compromised']);
  for (const upn of truth.compromised) if (!named.has(upn)) wrong.push(`${upn} was compromised and is not named`);
  const touched = new Set([...truth.identified, ...truth.attacked, ...truth.compromised]);
  const benign = [...of(['identified', 'attacked', 'compromised'])].filter((upn) => !touched.has(upn));
  if (benign.length > 0) wrong.push(`${count(benign.length)} people with a finding were never attacked`);
  for (const person of people.values()) {
    if (!named.has(person.accounts[0]?.upn ?? '')) continue;
    const channels = person.channels.filter(({ address }) =>
      letters.some(({ to }) => to.toLowerCase() === address.toLowerCase()),
    );
    if (channels.length < 2) wrong.push(`${upnOf(person.id)} was told over ${channels.length} of 2 channels`);
  }
  return wrong;
}
