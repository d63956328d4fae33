/**
 * Findings as OCSF Detection Findings (schema 1.8.0, class 2004): one JSON object a line, for a SIEM or a data lake.
 * Source: github.com/ocsf/ocsf-schema, events/findings/{finding,detection_finding}.json, objects/{finding_info,evidences,attack}.json.
 */
import type { Finding, Outcome, Signal } from '../model/finding.ts';
import { jsonText } from './json.ts';
import type { ScanReport } from './scan-report.ts';
import { gist, storyText } from './story.ts';
import { HEADLINES } from './wording.ts';

/** Version of the OCSF schema that `ocsfLines` follows. */
export const OCSF_VERSION = '1.8.0';

const CLASS_UID = 2004;
const ACTIVITIES = { create: [1, 'Create'], update: [2, 'Update'], close: [3, 'Close'] } as const;
/** New, In Progress and Resolved are a desk's to say; what is taken back is told as closed. */
const STATUSES = { create: [1, 'New'], update: [1, 'New'], close: [4, 'Resolved'] } as const;

const SEVERITIES: Readonly<Record<Finding['level'], readonly [id: number, caption: string]>> = {
  informational: [1, 'Informational'],
  low: [2, 'Low'],
  medium: [3, 'Medium'],
  high: [4, 'High'],
  critical: [5, 'Critical'],
};

/** 1 low, 2 medium, 3 high: how sure an outcome is that it was not the owner. */
const CONFIDENCE: Readonly<Record<Outcome, number>> = { identified: 2, attacked: 2, compromised: 3 };

/** What a report cannot know by itself. */
export interface OcsfOptions {
  /** When the findings were made: the clock, not the logs. */
  readonly now: Date;
  /** Version of Postern. */
  readonly version: string;
  /** Default create: a scan makes findings; it does not update those of an earlier one. */
  readonly activity?: keyof typeof ACTIVITIES;
  /** When the finding was first made. Default `now`. */
  readonly created?: Date;
}

/** Each finding as one line of OCSF JSON. */
export function* ocsfLines(report: ScanReport, options: OcsfOptions): Generator<string> {
  for (const finding of report.findings) yield jsonText(toOcsf(finding, options));
}

/** One finding as an OCSF Detection Finding. Times are epoch milliseconds. */
export function toOcsf(finding: Finding, options: OcsfOptions): Record<string, unknown> {
  const { now, version, activity = 'create', created = now } = options;
  const [severityId, severity] = SEVERITIES[finding.level];
  const [activityId, activityName] = ACTIVITIES[activity];
  const [statusId, status] = STATUSES[activity];
  return {
    activity_id: activityId,
    activity_name: activityName,
    category_uid: 2,
    category_name: 'Findings',
    class_uid: CLASS_UID,
    class_name: 'Detection Finding',
    type_uid: CLASS_UID * 100 + activityId,
    type_name: `Detection Finding: ${activityName}`,
    time: now.getTime(),
    start_time: finding.first.getTime(),
    end_time: finding.last.getTime(),
    severity_id: severityId,
    severity,
    status_id: statusId,
    status,
    confidence_id: CONFIDENCE[finding.outcome],
    is_alert: finding.outcome !== 'identified',
    message: `${HEADLINES[finding.outcome]}: ${gist(finding)}`,
    metadata: metadata(finding, version),
    finding_info: findingInfo(finding, created),
    resources: finding.accounts.map((account) => ({ uid: account, name: account, type: 'account', role_id: 1 })),
    evidences: finding.evidence.map(toEvidence),
    ...(finding.campaign && { unmapped: { campaign: finding.campaign, evidence_cut: finding.cut } }),
  };
}

function metadata(finding: Finding, version: string): Record<string, unknown> {
  return {
    version: OCSF_VERSION,
    uid: finding.revision,
    correlation_uid: finding.campaign ?? finding.id,
    product: { name: 'Postern', vendor_name: 'Postern', uid: 'postern', version },
  };
}

function findingInfo(finding: Finding, created: Date): Record<string, unknown> {
  return {
    uid: finding.id,
    title: HEADLINES[finding.outcome],
    desc: storyText(finding).join('\n'),
    types: [`account recovery: ${finding.outcome}`],
    created_time: created.getTime(),
    first_seen_time: finding.first.getTime(),
    last_seen_time: finding.last.getTime(),
    analytic: { uid: finding.chains[0] ?? 'postern', name: finding.chains[0] ?? 'postern', type_id: 1, type: 'Rule' },
    related_analytics: finding.chains.slice(1).map((chain) => ({ uid: chain, name: chain, type_id: 1, type: 'Rule' })),
    data_sources: [...new Set(finding.evidence.map((signal) => signal.source))].sort(),
    attacks: finding.techniques.map(toAttack),
  };
}

/** `T1078.004` is a sub-technique of `T1078`. */
function toAttack(id: string): Record<string, unknown> {
  const [technique] = id.split('.');
  return { technique: { uid: technique }, ...(id.includes('.') && { sub_technique: { uid: id } }) };
}

function toEvidence(signal: Signal): Record<string, unknown> {
  const endpoint = {
    // A redacted address is a name, and the schema takes nothing but addresses for one.
    ...(signal.ip && (/[.:]/.test(signal.ip) ? { ip: signal.ip } : { uid: signal.ip })),
    ...(signal.country && { location: { country: signal.country } }),
  };
  return {
    uid: signal.recordId,
    name: signal.title,
    user: { name: signal.account, uid: signal.person, type_id: 1 },
    ...(signal.ip && { src_endpoint: endpoint }),
    ...(signal.client && { http_request: { user_agent: signal.client } }),
    data: {
      rule: signal.rule,
      source: signal.source,
      time: signal.at.getTime(),
      story: signal.story,
      ...(signal.network && { network: signal.network }),
      ...(signal.flow && { attempt: signal.flow }),
    },
  };
}
