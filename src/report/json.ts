/** The report for machines: one JSON document, described by `ScanJson` (docs/scan.md, "JSON"). */
import { z } from 'zod';
import { OUTCOMES } from '../model/finding.ts';
import type { FileReport, ReportedProblem, ScanReport } from './scan-report.ts';
import { storyText } from './story.ts';

const Count = z.number().int().nonnegative();
const Instant = z.iso.datetime();

const SignalJson = z.strictObject({
  rule: z.string(),
  title: z.string(),
  recordId: z.string(),
  source: z.string(),
  at: Instant,
  person: z.string(),
  account: z.string(),
  story: z.string(),
  ip: z.string().optional(),
  network: z.string().optional(),
  country: z.string().optional(),
  client: z.string().optional(),
  flow: z.string().optional(),
  gate: z.string().optional(),
});

const FindingJson = z.strictObject({
  id: z.string(),
  revision: z.string(),
  person: z.string(),
  accounts: z.array(z.string()),
  outcome: z.enum(OUTCOMES),
  level: z.enum(['informational', 'low', 'medium', 'high', 'critical']),
  chains: z.array(z.string()),
  first: Instant,
  last: Instant,
  attempts: Count,
  changes: z.array(z.string()),
  techniques: z.array(z.string()),
  cut: z.boolean(),
  campaign: z.string().optional(),
  story: z.array(z.string()).describe('The evidence as sentences, times in UTC'),
  evidence: z.array(SignalJson),
});

const CampaignJson = z.strictObject({
  id: z.string(),
  origins: z.array(z.string()),
  findings: z.array(z.string()).describe('Ids of findings'),
  first: Instant,
  last: Instant,
  attempts: Count,
  identified: Count,
  attacked: Count,
  compromised: Count,
});

const ProblemJson = z.strictObject({
  line: z.number().int().positive().optional(),
  unit: z.enum(['line', 'element']).optional(),
  message: z.string(),
  lost: z
    .enum(['rest', 'nothing'])
    .optional()
    .describe('Absent: one record. rest: the file, or all after this place. nothing: it is no export'),
});

const FileJson = z.strictObject({
  name: z.string(),
  shapes: z.record(z.string(), Count),
  records: Count,
  passedOver: Count.describe('Records that no rule can match, seen from their bytes'),
  ignored: z.record(z.string(), Count),
  unreadable: Count,
  examples: z.array(ProblemJson),
  problems: z.array(ProblemJson),
});

const RuleJson = z.strictObject({
  name: z.string(),
  state: z.enum(['on', 'staged', 'off', 'blind', 'rejected']),
  title: z.string(),
  why: z.string().optional(),
  problems: z
    .array(
      z.strictObject({
        file: z.string(),
        line: z.number().int().positive().optional(),
        column: z.number().int().positive().optional(),
        message: z.string(),
      }),
    )
    .optional(),
  hits: Count,
});

/** Schema of `--format json`. `schema` changes when a reader of the former would misunderstand the new one. */
export const ScanJson = z.strictObject({
  schema: z.literal('postern.scan/1'),
  from: Instant.nullable().describe('Earliest event read'),
  to: Instant.nullable().describe('Latest event read'),
  records: Count,
  milliseconds: Count,
  totals: z.strictObject({ attempts: Count, identified: Count, attacked: Count, compromised: Count }),
  findings: z.array(FindingJson),
  campaigns: z.array(CampaignJson),
  files: z.array(FileJson),
  rules: z.array(RuleJson),
  faults: z.array(z.strictObject({ rule: z.string(), message: z.string(), count: Count })),
});
/** The parsed document. */
export type ScanJson = z.infer<typeof ScanJson>;

/** The report as a plain object that `ScanJson` accepts. */
export function toJson(report: ScanReport): ScanJson {
  return {
    schema: 'postern.scan/1',
    from: report.from?.toISOString() ?? null,
    to: report.to?.toISOString() ?? null,
    records: report.records,
    milliseconds: Math.round(report.ms),
    totals: { ...report.totals },
    findings: report.findings.map((finding) => ({
      ...finding,
      accounts: [...finding.accounts],
      chains: [...finding.chains],
      changes: [...finding.changes],
      techniques: [...finding.techniques],
      first: finding.first.toISOString(),
      last: finding.last.toISOString(),
      story: [...storyText(finding)],
      evidence: finding.evidence.map((signal) => ({ ...signal, at: signal.at.toISOString() })),
    })),
    campaigns: report.campaigns.map((campaign) => ({
      ...campaign,
      origins: [...campaign.origins],
      findings: [...campaign.findings],
      first: campaign.first.toISOString(),
      last: campaign.last.toISOString(),
    })),
    files: report.files.map(fileJson),
    rules: report.rules.map(({ name, title, state, why, problems, hits }) => ({
      name,
      title,
      state,
      ...(why !== undefined && { why }),
      ...(problems && { problems: problems.map((problem) => ({ ...problem })) }),
      hits,
    })),
    faults: report.faults.map(({ rule, message, count }) => ({ rule, message, count })),
  };
}

function fileJson(file: FileReport): z.infer<typeof FileJson> {
  const { name, shapes, records, passedOver, ignored, unreadable, examples, problems } = file;
  return {
    name,
    shapes: { ...shapes },
    records,
    passedOver,
    ignored: { ...ignored },
    unreadable,
    examples: examples.map(problemJson),
    problems: problems.map(problemJson),
  };
}

function problemJson({ line, unit, message, lost }: ReportedProblem): z.infer<typeof ProblemJson> {
  return { ...(line !== undefined && { line }), ...(unit && { unit }), message, ...(lost && { lost }) };
}

/** What JSON leaves as it is and a terminal would act upon: delete, C1 controls, line separators, direction overrides. */
const UNSAFE_IN_TERMINAL = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** JSON text that is safe to show in a terminal. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(
    UNSAFE_IN_TERMINAL,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
