/**
 * Takes people out of a report: accounts, persons, addresses, networks, record ids and file names become pseudonyms that
 * are the same throughout the report and the same for the same input. Finding ids stay (hashes of random record ids), so
 * that whoever has the logs can look a finding up again.
 */
import type { Campaign, Finding, Signal } from '../model/finding.ts';
import type { FaultReport, FileReport, RuleReport, ScanReport } from './scan-report.ts';
import type { RuleFacts } from './table.ts';

type Kind = 'person' | 'account' | 'address' | 'network' | 'record' | 'attempt' | 'file' | 'id';

interface Pseudonyms {
  /** The pseudonym of a value; values are compared without regard to case. */
  readonly of: (kind: Kind, value: string) => string;
  /** Free text without what looks like an address, number or id, and without `own`: names that look like nothing. */
  readonly inText: (text: string, own?: readonly string[]) => string;
}

/** Names with an at sign, also without a domain; `o'hara@example.org` is one of them. */
const MAIL = /[^\s<>"(),;:[\]]+@(?:[^\s<>"'(),;:[\]]*[^\s<>"'(),;:.[\]])?/gu;
const GUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi;
const NETWORK_OR_IP =
  /(?<![\w.])(?:\d{1,3}(?:\.\d{1,3}){3}|(?=\S*::|(?:[^\s:]*:){7})(?:[0-9a-f]{0,4}:){2,7}[0-9a-f.]*)(\/\d{1,3})?(?![\w])/gi;
const PHONE = /\+\d[\d\s().-]{5,}\d/g;
/** Endings of exports. Any other may be a part of a name, as in `signins.dana`. */
const ENDING = /(?:\.(?:ndjson|jsonl?|csv|tsv|txt|log|gz|zip|ya?ml))+$/i;
/** What origins of campaigns are, by the word that they begin with. What is not listed is text. */
const ORIGINS: Readonly<Record<string, Kind>> = {
  ip: 'address',
  network: 'network',
  asn: 'network',
  actor: 'account',
  account: 'account',
  person: 'person',
  device: 'id',
};

/** The report without anything that names a person, a place on the network, or a record of the tenant. */
export function redact(report: ScanReport): ScanReport {
  const names = createPseudonyms();
  // Persons first, in order of first evidence: person-1 is the first one that was touched.
  for (const finding of report.findings) names.of('person', finding.person);
  return {
    ...report,
    findings: report.findings.map((finding) => redactFinding(finding, names)),
    campaigns: report.campaigns.map((campaign) => redactCampaign(campaign, names)),
    files: report.files.map((file) => redactFile(file, names)),
    rules: report.rules.map((rule) => redactRule(rule, names)),
    faults: report.faults.map((fault) => redactFault(fault, names)),
  };
}

function redactFinding(finding: Finding, names: Pseudonyms): Finding {
  const own = [finding.person, ...finding.accounts];
  return {
    ...finding,
    person: names.of('person', finding.person),
    accounts: finding.accounts.map((account) => names.of('account', account)),
    evidence: finding.evidence.map((signal) => redactSignal(signal, own, names)),
    changes: finding.changes.map((change) => names.inText(change, own)),
  };
}

function redactSignal(signal: Signal, own: readonly string[], names: Pseudonyms): Signal {
  const { ip, network, flow, client } = signal;
  return {
    ...signal,
    title: names.inText(signal.title, own),
    recordId: names.of('record', signal.recordId),
    person: names.of('person', signal.person),
    account: names.of('account', signal.account),
    story: names.inText(signal.story, own),
    ...(ip && { ip: names.of('address', ip) }),
    ...(network && { network: names.of('network', network) }),
    ...(client && { client: names.inText(client, own) }),
    ...(flow && { flow: names.of('attempt', flow) }),
  };
}

function redactCampaign(campaign: Campaign, names: Pseudonyms): Campaign {
  return { ...campaign, origins: campaign.origins.map((origin) => redactOrigin(origin, names)) };
}

function redactOrigin(origin: string, names: Pseudonyms): string {
  const [word = ''] = origin.split(' ', 1);
  const kind = Object.hasOwn(ORIGINS, word) ? ORIGINS[word] : undefined;
  return kind ? `${word} ${names.of(kind, origin.slice(word.length + 1))}` : names.inText(origin);
}

/** Rules of one's own may name people; their files lie in somebody's folder. Names of rules stay, to find them by. */
function redactRule(rule: RuleReport, names: Pseudonyms): RuleReport {
  const { name, title, why, problems } = rule;
  const file = problems?.find((problem) => problem.file === name)?.file;
  const label = file === undefined ? name : fileName(file, names);
  return {
    ...rule,
    name: label,
    title: file === undefined ? names.inText(title) : label,
    ...(why !== undefined && { why: names.inText(why) }),
    ...(problems && {
      problems: problems.map((problem) => ({
        ...problem,
        file: fileName(problem.file, names),
        message: names.inText(problem.message),
      })),
    }),
  };
}

function redactFault(fault: FaultReport, names: Pseudonyms): FaultReport {
  return { ...fault, message: names.inText(fault.message) };
}

function fileName(name: string, names: Pseudonyms): string {
  return names.of('file', name) + (ENDING.exec(name)?.[0] ?? '').toLowerCase();
}

function redactFile(file: FileReport, names: Pseudonyms): FileReport {
  const name = fileName(file.name, names);
  const inText = (text: string) => names.inText(text.replaceAll(file.name, name), []);
  return {
    ...file,
    name,
    examples: file.examples.map((example) => ({ ...example, message: inText(example.message) })),
    problems: file.problems.map((problem) => ({ ...problem, message: inText(problem.message) })),
  };
}

/** What is told of a rule beside the report, without what looks like an address, number or id. */
export function redactFacts({ title, description, falsepositives }: RuleFacts): RuleFacts {
  return {
    title: withoutPeople(title),
    ...(description !== undefined && { description: withoutPeople(description) }),
    falsepositives: falsepositives.map(withoutPeople),
  };
}

function withoutPeople(text: string): string {
  return text
    .replace(MAIL, 'an account')
    .replace(GUID, 'an id')
    .replace(NETWORK_OR_IP, 'an address')
    .replace(PHONE, 'a phone number');
}

function createPseudonyms(): Pseudonyms {
  const known = new Map<string, string>();
  const counts = new Map<Kind, number>();
  function of(kind: Kind, value: string): string {
    const key = value.toLowerCase();
    const seen = known.get(key);
    if (seen) return seen;
    const number = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, number);
    const name = `${kind}-${number}`;
    known.set(key, name);
    return name;
  }
  function inText(text: string, own: readonly string[] = []): string {
    let result = text;
    for (const value of own) {
      // Stories write blanks for underscores.
      for (const written of new Set([value, value.replaceAll('_', ' ')])) {
        result = replaceWord(result, written, of('account', value));
      }
    }
    return result
      .replace(MAIL, (address) => of('account', address))
      .replace(GUID, (id) => of('id', id))
      .replace(NETWORK_OR_IP, (address, prefix: string | undefined) => of(prefix ? 'network' : 'address', address))
      .replace(PHONE, 'a phone number');
  }
  return { of, inText };
}

function replaceWord(text: string, value: string, name: string): string {
  if (value === '' || !text.toLowerCase().includes(value.toLowerCase())) return text;
  const escaped = value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return text.replace(new RegExp(`(?<![\\w.-])${escaped}(?![\\w-])`, 'gi'), name);
}
