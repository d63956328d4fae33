/** Synthetic sources, rules and events for the engine's tests. */
import type { LogEvent, SourceName } from '../../../src/model/log-event.ts';
import type { SourceSchema } from '../../../src/model/log-source.ts';
import { parseRules } from '../../../src/rules/parse.ts';
import { createRuleSet } from '../../../src/rules/rule-set.ts';
import type { Rule, RuleSet, RuleSetOptions } from '../../../src/rules/schema.ts';

export const AUDITS: SourceSchema = {
  name: 'directory-audits',
  logSources: [{ product: 'azure', service: 'auditlogs' }],
  fields: {
    OperationName: ['activityDisplayName'],
    Status: ['result', 'resultReason'],
    Initiatedby: ['initiatedBy.user.userPrincipalName', 'initiatedBy.app.displayName'],
    'properties.targetResources': ['targetResources'],
  },
  dispatchField: 'activityDisplayName',
};

export const SIGN_INS: SourceSchema = {
  name: 'sign-ins',
  logSources: [{ product: 'azure', service: 'signinlogs' }],
  fields: { ResultType: ['status.errorCode'], Username: ['userPrincipalName'], IPAddress: ['ipAddress'] },
  dispatchField: 'status.errorCode',
};

export const SOURCES = [AUDITS, SIGN_INS];

/** A rule with the given `detection:` section, written as YAML indented by two. */
export function ruleText(detection: string, { name = 'sample', service = 'auditlogs', more = '' } = {}): string {
  const body = detection.trim().replaceAll('\n', '\n  ');
  return `title: Sample ${name}\nname: ${name}\nlogsource:\n  product: azure\n  service: ${service}\ndetection:\n  ${body}\n${more}`;
}

/** A rule with one selection, its entries given as YAML. */
export function selectionText(entries: string, names: { name?: string; service?: string } = {}): string {
  return ruleText(`selection:\n  ${entries.trim().replaceAll('\n', '\n  ')}\ncondition: selection`, names);
}

export function parse(...texts: string[]) {
  return parseRules(texts.map((text, index) => ({ path: `rule-${index + 1}.yml`, text })));
}

/** Rules that must be fine. */
export function rulesOf(...texts: string[]): readonly Rule[] {
  const { rules, problems } = parse(...texts);
  const errors = problems.filter((problem) => problem.severity === 'error');
  if (errors.length > 0) throw new Error(errors.map((problem) => problem.message).join('\n'));
  return rules;
}

export function ruleSetOf(texts: readonly string[], options: Partial<RuleSetOptions> = {}): RuleSet {
  return createRuleSet(rulesOf(...texts), { sources: SOURCES, ...options });
}

let events = 0;
export function eventOf(
  fields: Readonly<Record<string, unknown>>,
  source: SourceName = 'directory-audits',
  more: Partial<LogEvent> = {},
): LogEvent {
  events += 1;
  const postern = (fields.postern as Record<string, unknown> | undefined) ?? {};
  return {
    source,
    id: `record-${events}`,
    action: `record-${events}`,
    at: new Date('2026-11-20T10:00:00Z'),
    place: {},
    arrived: false,
    fields: { ...fields, postern },
    ...more,
  };
}

/** Messages of the errors, each with where it stands. */
export function errorsOf(...texts: string[]): string[] {
  return messages(parse(...texts).problems, 'error');
}

export function messages(
  problems: readonly { severity: string; line?: number; column?: number; message: string }[],
  severity: string,
): string[] {
  return problems
    .filter((problem) => problem.severity === severity)
    .map(({ line, column, message }) => `${[line, column].filter((part) => part !== undefined).join(':')} ${message}`);
}

/** Whether a selection matches a record's fields. */
export function matches(
  entries: string,
  fields: Readonly<Record<string, unknown>>,
  options?: Partial<RuleSetOptions>,
): boolean {
  const { hits, faults } = ruleSetOf([selectionText(entries)], options).detect(eventOf(fields));
  if (faults.length > 0) throw new Error(faults[0]?.message);
  return hits.length === 1;
}
