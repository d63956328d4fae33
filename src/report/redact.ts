/**
 * Takes people out of a report: accounts, persons, addresses, record ids and file names become pseudonyms that are the
 * same throughout the report and the same for the same input. Finding ids stay (hashes of random record ids), so that
 * whoever has the logs can look a finding up again.
 */
import type { Campaign, Finding, Signal } from '../model/finding.ts';
import type { FileReport, ScanReport } from './scan-report.ts';

type Kind = 'person' | 'account' | 'address' | 'network' | 'record' | 'attempt' | 'file' | 'id';

interface Pseudonyms {
  /** The pseudonym of a value; values are compared without regard to case. */
  readonly of: (kind: Kind, value: string) => string;
  /** Free text without what looks like an address, number or id, and without `own`: names that look like nothing. */
  readonly inText: (text: string, own?: readonly string[]) => string;
}

const MAIL = /[^\s<>"'(),;:[\]]+@[^\s<>"'(),;:[\]]+\.[^\s<>"'(),;:[\]]*[^\s<>"'(),;:.[\]]/gu;
const GUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi;
const NETWORK_OR_IP =
  /(?<![\w.])(?:\d{1,3}(?:\.\d{1,3}){3}|(?=\S*::|(?:[^\s:]*:){7})(?:[0-9a-f]{0,4}:){2,7}[0-9a-f.]*)(\/\d{1,3})?(?![\w])/gi;
const PHONE = /\+\d[\d\s().-]{5,}\d/g;

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
  return { ...campaign, origins: campaign.origins.map((origin) => names.inText(origin)) };
}

function redactFile(file: FileReport, names: Pseudonyms): FileReport {
  const ending = /(?:\.[a-z]{2,6}){1,2}$/i.exec(file.name)?.[0] ?? '';
  const name = names.of('file', file.name) + ending.toLowerCase();
  const inText = (text: string) => names.inText(text.replaceAll(file.name, name), []);
  return {
    ...file,
    name,
    examples: file.examples.map((example) => ({ ...example, message: inText(example.message) })),
    problems: file.problems.map((problem) => ({ ...problem, message: inText(problem.message) })),
  };
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
    for (const value of own) result = replaceWord(result, value, of('account', value));
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
