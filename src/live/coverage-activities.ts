/** Which activities of the audit log rules depend on, and which of them Entra does not know (any more). */

import type { Watch } from '../assemble-watch.ts';
import type { Graph } from '../ports.ts';
import type { DetectionRule, Selection } from '../rules/schema.ts';

/**
 * Activities that the source derives fields from, as the audit reference names them: the field is blind when Entra knows
 * none of its names. Names change over the years, so starts are enough.
 */
const DERIVED: readonly (readonly [field: string, starts: readonly string[]])[] = [
  ['postern.recovery', ['self-service password reset flow activity progress', 'reset password (self-service)']],
  ['postern.method', ['user registered security info', 'admin registered security info']],
  [
    'postern.password',
    ['change user password', 'change password (self-service)', 'reset password', 'reset user password'],
  ],
  ['postern.consent', ['consent to application']],
  ['postern.device', ['register device', 'add registered owner to device']],
  ['postern.role', ['add member to role']],
  ['postern.contact', ['update user']],
];

/**
 * What Entra's own list of activities does not have. `undefined` when the list is empty, which says nothing.
 * @throws UpstreamError
 */
export async function missingActivities(
  graph: Graph,
  { ruleSet, sources }: Pick<Watch, 'ruleSet' | 'sources'>,
): Promise<{ readonly fields: string[]; readonly activities: string[] } | undefined> {
  const known: string[] = [];
  for await (const { value } of graph.pages('/auditLogs/auditActivityTypes', {
    version: 'beta',
    priority: 'snapshot',
  })) {
    for (const type of value) {
      const { activity } = (type ?? {}) as { activity?: unknown };
      if (typeof activity === 'string') known.push(activity.trim().toLowerCase());
    }
  }
  if (known.length === 0) return undefined;
  const fields = DERIVED.filter(([, starts]) => !known.some((name) => starts.some((start) => name.startsWith(start))));
  const audits = sources.find(({ name }) => name === 'directory-audits');
  const named = new Set(ruleSet.detections.flatMap((rule) => activitiesOf(rule, audits?.fields ?? {})));
  const activities = [...named].filter((activity) => !known.includes(activity));
  return { fields: fields.map(([field]) => field), activities: activities.sort() };
}

/** Activities that a rule names in full, lower case. Patterns are left out: what they mean is theirs. */
export function activitiesOf(
  { detection }: DetectionRule,
  fields: Readonly<Record<string, readonly string[]>>,
): string[] {
  return [...detection.selections.values()].flatMap((selection) => {
    const names: string[] = [];
    visit(selection, ({ field, modifiers, values }) => {
      if (modifiers.some((modifier) => modifier !== 'cased') || !isActivity(field, fields)) return;
      for (const value of values)
        if (typeof value === 'string' && !/[*?\\]/.test(value)) names.push(value.trim().toLowerCase());
    });
    return names;
  });
}

/** Field names that a rule's detection looks at. */
export function fieldsOf({ detection }: DetectionRule): string[] {
  const names: string[] = [];
  for (const selection of detection.selections.values()) visit(selection, ({ field }) => void names.push(field));
  return names;
}

function isActivity(field: string, fields: Readonly<Record<string, readonly string[]>>): boolean {
  if (field.toLowerCase() === 'activitydisplayname') return true;
  const entry = Object.entries(fields).find(([name]) => name.toLowerCase() === field.toLowerCase());
  return entry?.[1].includes('activityDisplayName') ?? false;
}

type Item = Extract<Selection, { kind: 'item' }>;

function visit(selection: Selection, see: (item: Item) => void): void {
  if (selection.kind === 'item') see(selection);
  else for (const inner of selection.of) visit(inner, see);
}
