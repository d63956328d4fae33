/** What rules are once parsed, and what a rule set answers. The words are Sigma's (specification 2.1.0). */
import type { Problem } from '../errors.ts';
import type { Outcome } from '../model/finding.ts';
import type { LogEvent, Place, SourceName } from '../model/log-event.ts';
import type { SigmaLogSource, SourceSchema } from '../model/log-source.ts';
import type { Program } from './program.ts';

/** A plain value of a rule or of a record's field. */
export type Scalar = string | number | boolean | null;

/** Sigma levels, weakest first. */
export const LEVELS = ['informational', 'low', 'medium', 'high', 'critical'] as const;
/** How critical a rule's match is. */
export type Level = (typeof LEVELS)[number];

/** Sigma statuses. */
export const STATUSES = ['stable', 'test', 'experimental', 'deprecated', 'unsupported'] as const;
/** How settled a rule is. */
export type Status = (typeof STATUSES)[number];

/** `on`: evaluated and told. `staged`: evaluated and recorded, nobody is told. `off`: not evaluated. */
export type RuleMode = 'on' | 'staged' | 'off';

/** Something wrong (`error`: the rule is rejected) or odd (`warning`: it is loaded) about one rule. */
export interface RuleProblem extends Problem {
  readonly severity: 'error' | 'warning';
  /** Name of the rule, where the document got far enough to have one. */
  readonly rule?: string;
}

/** The custom `postern:` block, which other Sigma tools ignore. */
export interface PosternBlock {
  /** What a match of this chain means for the person. Signals leave it out. */
  readonly outcome?: Outcome;
  /** Log sources without which the rule is blind. */
  readonly needs: readonly SourceName[];
  /** One clause in the past tense; `{gate}` stands for the event's `postern.*` field whose last segment is `gate`. */
  readonly story?: string;
  /** Likewise, where the account was changed. */
  readonly change?: string;
  /** Correlations only: fires when none of `rules` follows the last step within `withinMs`, decided by the clock. */
  readonly absence?: { readonly rules: readonly string[]; readonly withinMs: number };
}

/** What every rule document has. */
export interface RuleDocument {
  /** Sigma `name`; else its id; else made from the title. Unique in a rule set. */
  readonly name: string;
  readonly id?: string;
  readonly title: string;
  readonly status?: Status;
  readonly description?: string;
  readonly author?: string;
  readonly references: readonly string[];
  /** YYYY-MM-DD. */
  readonly date?: string;
  /** YYYY-MM-DD. */
  readonly modified?: string;
  readonly level: Level;
  readonly tags: readonly string[];
  /** MITRE ATT&CK technique ids from the tags, as `T1078.004`. */
  readonly techniques: readonly string[];
  readonly falsepositives: readonly string[];
  readonly postern: PosternBlock;
  /** Keys that Sigma does not define, as they were written. */
  readonly custom: Readonly<Record<string, unknown>>;
  readonly file: string;
  /** Line of the document's first key, 1-based. */
  readonly line: number;
}

/** One `field|modifier: values` entry, or a keyword search when `field` is empty. Values are joined by OR. */
export interface DetectionItem {
  readonly kind: 'item';
  /** As written, without modifiers; empty = anywhere in the event. */
  readonly field: string;
  /** As written, in order. */
  readonly modifiers: readonly string[];
  /** At least one; `null` only alone. */
  readonly values: readonly Scalar[];
  readonly line: number;
  readonly column: number;
}

/** A search identifier's content: maps are `all`, lists are `any`. */
export type Selection = { readonly kind: 'all' | 'any'; readonly of: readonly Selection[] } | DetectionItem;

/** A boolean expression over names (search identifiers, or rule names in a correlation). Quantifiers are expanded. */
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'name'; readonly name: string };

/** The `detection:` (or `filter:`) section. */
export interface DetectionSection {
  readonly selections: ReadonlyMap<string, Selection>;
  readonly condition: Condition;
}

/** A rule over single events. */
export interface DetectionRule extends RuleDocument {
  readonly kind: 'detection';
  readonly logsource: SigmaLogSource;
  readonly detection: DetectionSection;
  /** Field names for the analyst. */
  readonly fields: readonly string[];
}

/** A filter: `(rule) and (filter)` for each of `rules` whose log source lies within the filter's. */
export interface FilterRule extends RuleDocument {
  readonly kind: 'filter';
  readonly logsource: SigmaLogSource;
  /** Names of detection rules, or `any`. */
  readonly rules: readonly string[] | 'any';
  readonly detection: DetectionSection;
}

/** Correlation types: those of Sigma 2.1.0 and `value_median` of pySigma. */
export const CORRELATION_TYPES = [
  'event_count',
  'value_count',
  'temporal',
  'temporal_ordered',
  'value_sum',
  'value_avg',
  'value_percentile',
  'value_median',
] as const;
/** How a correlation looks at the hits in its window. */
export type CorrelationType = (typeof CORRELATION_TYPES)[number];

/** Comparison operators of a correlation condition. */
export const BOUND_OPERATORS = ['gt', 'gte', 'lt', 'lte', 'eq', 'neq'] as const;
/** One comparison. */
export interface Bound {
  readonly op: (typeof BOUND_OPERATORS)[number];
  readonly value: number;
}

/** What must hold of the hits in a window. */
export type CorrelationCondition =
  /**
   * One bound, or two that must both hold (a range). `fields`: what value types look at (several = a tuple).
   * Temporal types without a condition have `gte` the number of rules.
   */
  | { readonly kind: 'bounds'; readonly bounds: readonly Bound[]; readonly fields: readonly string[] }
  /** Temporal types only: `a and b and not c` over rule names. */
  | { readonly kind: 'expression'; readonly expression: Condition };

/** A rule over hits of other rules. */
export interface CorrelationRule extends RuleDocument {
  readonly kind: 'correlation';
  readonly type: CorrelationType;
  /** Names of detection rules or correlations, in the order written (ids are resolved to names). */
  readonly rules: readonly string[];
  /** Field names or aliases; empty = one group for everything. */
  readonly groupBy: readonly string[];
  readonly timespanMs: number;
  /** alias → rule name → field name as that rule's source writes it. */
  readonly aliases: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** True: the rules referred to are findings of their own as well. */
  readonly generate: boolean;
  readonly condition: CorrelationCondition;
  /** value_percentile: which percentile is compared, 0 to 100. */
  readonly percentile?: number;
}

/** A parsed rule. */
export type Rule = DetectionRule | CorrelationRule | FilterRule;

/** One detection rule matched one event. Plain data. */
export interface Hit {
  /** Name of the detection rule. */
  readonly rule: string;
  readonly recordId: string;
  /** `LogEvent.action`. */
  readonly action: string;
  readonly source: SourceName;
  /** Event time, epoch ms. */
  readonly at: number;
  /** For which familiarity of the place the rule matches: bit 0 new, bit 1 familiar, bit 2 unknown; 7 = any. */
  readonly when: number;
  readonly place: Place;
  /**
   * Values that correlations and stories need, keyed by the field name as the correlation writes it (after aliases).
   * Absent = the event has no such value. Strings are trimmed. A field with several values is a list.
   */
  readonly fields: Readonly<Record<string, Scalar | readonly Scalar[]>>;
}

/** A rule threw on an event. The message holds no record content. */
export interface Fault {
  readonly rule: string;
  readonly message: string;
}

/** What a rule set makes of one event. */
export interface Detected {
  readonly hits: readonly Hit[];
  readonly faults: readonly Fault[];
}

/** What need not be made. */
export interface DetectOptions {
  /** True: the place is known to be familiar, which it then stays; only hits that count there are wanted. */
  readonly isFamiliar?: boolean;
  /** Called for a match, wherever it was, of a rule that no correlation builds on, instead of making a hit of it. */
  readonly onAlone?: (rule: string) => void;
}

/** What a rule set needs besides the rules. */
export interface RuleSetOptions {
  readonly sources: readonly SourceSchema[];
  /** Values of `%name%` placeholders by name. Rules with a placeholder that is not here are rejected. */
  readonly placeholders?: Readonly<Record<string, readonly Scalar[]>>;
  /** By rule name; rules not named are `on`. */
  readonly modes?: Readonly<Record<string, RuleMode>>;
}

/** Compiled rules. Immutable, apart from bounded memos that do not show. */
export interface RuleSet {
  /** Detection rules that are evaluated (modes `on` and `staged`). */
  readonly detections: readonly DetectionRule[];
  /** Correlations that are evaluated; those that others refer to come first. */
  readonly correlations: readonly CorrelationRule[];
  /** Of this step (placeholders, fields, log sources, references to rejected rules), not those of `parseRules`. */
  readonly problems: readonly RuleProblem[];
  /** Names of detection rules that cannot match because no source answers their log source. */
  readonly blind: readonly string[];
  /** A rule that is evaluated, by name or id. */
  readonly rule: (nameOrId: string) => DetectionRule | CorrelationRule | undefined;
  /** The mode of a rule, by name; `off` for rules that are not here. */
  readonly mode: (name: string) => RuleMode;
  /** Evaluates detection rules. Never throws for a rule: see `faults`. */
  readonly detect: (event: LogEvent, options?: DetectOptions) => Detected;
  /** What is evaluated, by source: for the prefilter. */
  readonly programs: ReadonlyMap<SourceName, readonly Program[]>;
}
