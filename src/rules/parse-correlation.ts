/** The `correlation:` section. References are checked later, when all rules are known (link.ts). */
import { z } from 'zod';
import { holds, parseCondition } from './condition.ts';
import type { DocumentProblems } from './document-problems.ts';
import {
  BOUND_OPERATORS,
  type Bound,
  CORRELATION_TYPES,
  type Condition,
  type CorrelationCondition,
  type CorrelationRule,
  type CorrelationType,
} from './schema.ts';
import { parseTimespan } from './timespan.ts';

const name = z.string('must be the name or id of a rule').trim().min(1, 'is empty');
const names = z.union([name.transform((only) => [only]), z.array(name)], 'must be a name or a list of names');
const limit = z.number('must be a number without quotes');

const TIMESPAN = 'needs a number and a unit (s, m, h, d, w, M, y), such as 90m';

const CorrelationSection = z.strictObject({
  type: z.enum(CORRELATION_TYPES, `must be one of ${CORRELATION_TYPES.join(', ')}`),
  rules: names.optional(),
  'group-by': names.optional(),
  timespan: z.string(TIMESPAN).refine((text) => parseTimespan(text) !== undefined, TIMESPAN),
  aliases: z.record(name, z.record(name, name), 'must be a map of aliases to maps of rules to fields').optional(),
  generate: z.boolean('must be true or false').optional(),
  condition: z.unknown().optional(),
});
type CorrelationSection = z.infer<typeof CorrelationSection>;

const Bounds = z.strictObject({
  ...(Object.fromEntries(BOUND_OPERATORS.map((op) => [op, limit.optional()])) as Record<
    Bound['op'],
    z.ZodOptional<typeof limit>
  >),
  field: names.optional(),
  percentile: z.number().min(0, 'must be from 0 to 100').max(100, 'must be from 0 to 100').optional(),
});

/** The members that a correlation adds to the common ones. `rules` are as written: names or ids. */
export type CorrelationParts = Pick<
  CorrelationRule,
  'type' | 'rules' | 'groupBy' | 'timespanMs' | 'aliases' | 'generate' | 'condition' | 'percentile'
>;

/** Reads the section; `undefined` when something in it is wrong. */
export function readCorrelation(value: unknown, problems: DocumentProblems): CorrelationParts | undefined {
  const section = problems.read(CorrelationSection, value, ['correlation']);
  if (!section) return undefined;
  const timespanMs = parseTimespan(section.timespan);
  const read = isTemporal(section.type) ? readTemporal(section, problems) : readBounds(section, problems);
  if (!read || timespanMs === undefined) return undefined;
  if (!section['group-by'])
    problems.warn(['correlation'], 'without "group-by" the hits of all people are counted together');
  checkAliases(section, problems);
  return {
    type: section.type,
    rules: read.rules,
    groupBy: section['group-by'] ?? [],
    timespanMs,
    aliases: section.aliases ?? {},
    generate: section.generate ?? false,
    condition: read.condition,
    ...(read.percentile !== undefined && { percentile: read.percentile }),
  };
}

interface Read {
  readonly rules: readonly string[];
  readonly condition: CorrelationCondition;
  readonly percentile?: number;
}

function isTemporal(type: CorrelationType): boolean {
  return type === 'temporal' || type === 'temporal_ordered';
}

function readTemporal(section: CorrelationSection, problems: DocumentProblems): Read | undefined {
  if (typeof section.condition === 'string') return readExpression(section, section.condition, problems);
  const rules = listedRules(section, problems);
  if (!rules) return undefined;
  if (section.condition === undefined) {
    const bounds = [{ op: 'gte', value: rules.length } as const];
    return { rules, condition: { kind: 'bounds', bounds, fields: [] } };
  }
  return readBounds(section, problems);
}

/** `a and b and not c`: every rule listed must be used; without a list the rules are those that it names. */
function readExpression(section: CorrelationSection, text: string, problems: DocumentProblems): Read | undefined {
  const at = ['correlation', 'condition'];
  const words = text.match(/[^\s()]+/g) ?? [];
  const named = words.filter((word) => !/^(?:and|or|not)$/i.test(word));
  const known = section.rules ?? [...new Set(named)];
  const reading = parseCondition(text, { known, noun: 'rule', quantifiers: false });
  if (!reading.ok) {
    problems.error(at, `condition: ${reading.message}`);
    return undefined;
  }
  const unused = known.filter((rule) => !reading.used.has(rule));
  if (unused.length > 0) {
    problems.error(
      at,
      `the condition does not use ${unused.join(', ')}; use every rule listed, or take it off the list`,
    );
    return undefined;
  }
  if (holds(reading.condition, () => false)) {
    problems.error(at, 'the condition holds when nothing happens; name at least one rule that must match');
    return undefined;
  }
  return { rules: [...new Set(known)], condition: { kind: 'expression', expression: reading.condition } };
}

function readBounds(section: CorrelationSection, problems: DocumentProblems): Read | undefined {
  const at = ['correlation', 'condition'];
  const rules = listedRules(section, problems);
  if (typeof section.condition === 'string') {
    problems.error(
      at,
      `a text as condition is for temporal and temporal_ordered; "${section.type}" needs an operator such as "gte: 5"`,
    );
    return undefined;
  }
  const read = problems.read(Bounds, section.condition, at);
  if (!read || !rules) return undefined;
  const bounds = BOUND_OPERATORS.flatMap((op): Bound[] => {
    const value = read[op];
    return value === undefined ? [] : [{ op, value }];
  });
  const wrong = whyWrongBounds(bounds, section.type) ?? whyWrongField(read.field, section.type);
  if (wrong) problems.error(at, wrong);
  if (read.percentile !== undefined && section.type !== 'value_percentile') {
    problems.error([...at, 'percentile'], '"percentile" is for value_percentile only');
    return undefined;
  }
  if (wrong) return undefined;
  // The specification names no percentile ("median is a percentile 50"): without one it is the median, as in pySigma.
  const percentile = section.type === 'value_percentile' ? { percentile: read.percentile ?? 50 } : {};
  return { rules, condition: { kind: 'bounds', bounds, fields: read.field ?? [] }, ...percentile };
}

function whyWrongBounds(bounds: readonly Bound[], type: CorrelationType): string | undefined {
  const [first, second, third] = bounds;
  if (!first) return `an operator is missing: one of ${BOUND_OPERATORS.join(', ')}`;
  if (third) return 'at most two operators make a range';
  const counts = type === 'event_count' || type === 'value_count' || isTemporal(type);
  if (counts && !bounds.every(({ value }) => Number.isInteger(value) && value >= 0)) {
    return 'a count is compared with a whole number';
  }
  if (!second) return undefined;
  const lower = bounds.find(({ op }) => op === 'gt' || op === 'gte');
  const upper = bounds.find(({ op }) => op === 'lt' || op === 'lte');
  if (!lower || !upper) return 'two operators make a range: one of gt and gte, and one of lt and lte';
  const isEmpty =
    lower.value > upper.value || (lower.value === upper.value && !(lower.op === 'gte' && upper.op === 'lte'));
  return isEmpty ? 'no number lies in this range' : undefined;
}

function whyWrongField(fields: readonly string[] | undefined, type: CorrelationType): string | undefined {
  if (!type.startsWith('value_')) return fields ? `"field" is for value types, not for ${type}` : undefined;
  if (!fields || fields.length === 0) return `${type} needs "field": the field whose values are looked at`;
  if (fields.length > 1 && type !== 'value_count') return `${type} looks at one field only`;
  return undefined;
}

function listedRules(section: CorrelationSection, problems: DocumentProblems): readonly string[] | undefined {
  const { rules } = section;
  if (rules && rules.length > 0) return rules;
  problems.error(['correlation'], '"rules" must name at least one rule');
  return undefined;
}

function checkAliases(section: CorrelationSection, problems: DocumentProblems): void {
  const used = new Set(section['group-by']);
  for (const alias of Object.keys(section.aliases ?? {})) {
    if (!used.has(alias))
      problems.warn(['correlation', 'aliases', alias], `the alias "${alias}" is not used in "group-by"`);
  }
}

/** Names in a condition, for linking. */
export function mapNames(condition: Condition, change: (name: string) => string): Condition {
  switch (condition.kind) {
    case 'name':
      return { kind: 'name', name: change(condition.name) };
    case 'not':
      return { kind: 'not', of: mapNames(condition.of, change) };
    default:
      return { kind: condition.kind, of: condition.of.map((part) => mapNames(part, change)) };
  }
}
