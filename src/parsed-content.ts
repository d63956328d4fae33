/** Content as data, and the JSON that it is shipped as. */
import { z } from 'zod';
import { ConfigError } from './errors.ts';
import type { DetectionSection, Rule, RuleProblem, Selection } from './rules/schema.ts';
import type { IndicatorList } from './sources/indicators.ts';
import type { Providers } from './sources/knowledge.ts';

/** Rules, indicators and providers, parsed and checked. */
export interface ParsedContent {
  readonly rules: readonly Rule[];
  /** Of rules that were left out, and oddities of those that were not. */
  readonly problems: readonly RuleProblem[];
  readonly indicators: readonly IndicatorList[];
  readonly providers: Providers;
}

const SCHEMA = 'postern.content/1';
const Shipped = z.object({
  schema: z.literal(SCHEMA),
  rules: z.array(z.looseObject({ name: z.string(), kind: z.enum(['detection', 'correlation', 'filter']) })),
  problems: z.array(z.looseObject({ message: z.string() })),
  indicators: z.array(z.object({ name: z.string(), entries: z.array(z.string()) })),
  providers: z.looseObject({}),
});

/** As JSON text. Nothing is lost: `decodeContent` gives back the same. */
export function encodeContent({ rules, problems, indicators, providers }: ParsedContent): string {
  return JSON.stringify({ schema: SCHEMA, rules: rules.map(encodeRule), problems, indicators, providers });
}

/**
 * Content from the text that `encodeContent` made. Only its outline is checked: it was checked when it was made.
 * @throws ConfigError when it is something else, or of another version
 */
export function decodeContent(text: string): ParsedContent {
  const parsed = Shipped.safeParse(jsonOf(text));
  if (!parsed.success)
    throw new ConfigError(['The compiled rules are not readable by this version. Build and deploy again.']);
  const { rules, problems, indicators, providers } = parsed.data as unknown as ShippedContent;
  return { rules: rules.map(decodeRule), problems, indicators, providers };
}

interface ShippedContent extends Omit<ParsedContent, 'rules'> {
  readonly rules: readonly ShippedRule[];
}

/** JSON knows no Map: selections become pairs, which keep their order. */
type ShippedRule = Rule extends infer R
  ? R extends { readonly detection: DetectionSection }
    ? Omit<R, 'detection'> & { readonly detection: ShippedSection }
    : R
  : never;
interface ShippedSection extends Omit<DetectionSection, 'selections'> {
  readonly selections: readonly (readonly [name: string, selection: Selection])[];
}

function encodeRule(rule: Rule): ShippedRule {
  if (rule.kind === 'correlation') return rule;
  return { ...rule, detection: { ...rule.detection, selections: [...rule.detection.selections] } };
}

function decodeRule(rule: ShippedRule): Rule {
  if (rule.kind === 'correlation') return rule;
  return { ...rule, detection: { ...rule.detection, selections: new Map(rule.detection.selections) } };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
