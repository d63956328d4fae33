/** Rule files → rules. Every problem of every file at once; a bad rule is left out and stops no other. */
import { createDocumentProblems, type DocumentProblems } from './document-problems.ts';
import { type RuleFile, type RuleYaml, readDocuments } from './documents.ts';
import { linkRules } from './link.ts';
import { readCorrelation } from './parse-correlation.ts';
import { readDetection, readLogSource } from './parse-detection.ts';
import { provisionalName, readHead } from './rule-head.ts';
import type { Rule, RuleDocument, RuleProblem } from './schema.ts';

export type { RuleFile } from './documents.ts';

/** Rules that can be compiled, and what is wrong with the rest. */
export interface ParsedRules {
  /** In the order of the files. Names are unique, references are resolved to names and without cycles. */
  readonly rules: readonly Rule[];
  readonly problems: readonly RuleProblem[];
}

/** Reads detection rules, correlations and filters from YAML files of one or more documents. Never throws. */
export function parseRules(files: readonly RuleFile[]): ParsedRules {
  const problems: RuleProblem[] = [];
  const rules: Rule[] = [];
  for (const file of files) {
    const read = readDocuments(file);
    problems.push(...read.problems);
    for (const document of read.documents) {
      const rule = readRule(document, problems);
      if (rule) rules.push(rule);
    }
  }
  const linked = linkRules(rules);
  return { rules: linked.rules, problems: [...problems, ...linked.problems] };
}

function readRule(document: RuleYaml, all: RuleProblem[]): Rule | undefined {
  const { value } = document;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    createDocumentProblems(document, all, undefined).error([], 'a rule must be a map with a title');
    return undefined;
  }
  const map = value as Record<string, unknown>;
  const problems = createDocumentProblems(document, all, provisionalName(map));
  if (map.action !== undefined) {
    problems.error(['action'], '"action" documents are not part of Sigma any more; write each rule out');
    return undefined;
  }
  const sections = ['detection', 'correlation', 'filter'].filter((section) => map[section] !== undefined);
  if (sections.length !== 1) {
    problems.error([], 'a rule needs exactly one of "detection", "correlation" and "filter"');
    return undefined;
  }
  const head = readHead(document, map, problems);
  const rule = readBody(document, map, head, problems);
  return problems.failed() ? undefined : rule;
}

/** The body is read even when the head is wrong, so that everything is reported at once. */
function readBody(
  document: RuleYaml,
  map: Record<string, unknown>,
  head: RuleDocument | undefined,
  problems: DocumentProblems,
): Rule | undefined {
  if (map.correlation !== undefined) {
    const parts = readCorrelation(map.correlation, problems);
    return head && parts && { ...head, kind: 'correlation', ...parts };
  }
  const logsource = readLogSource(map.logsource, problems);
  if (map.filter !== undefined) {
    const rules = readFilteredRules(map.filter, problems);
    const detection = readDetection(document, map.filter, ['filter'], ['rules'], problems);
    return head && logsource && rules && detection && { ...head, kind: 'filter', logsource, rules, detection };
  }
  const detection = readDetection(document, map.detection, ['detection'], ['timeframe'], problems);
  const fields = Array.isArray(map.fields) ? map.fields.map(String) : [];
  return head && logsource && detection && { ...head, kind: 'detection', logsource, detection, fields };
}

function readFilteredRules(filter: unknown, problems: DocumentProblems): readonly string[] | 'any' | undefined {
  const rules = typeof filter === 'object' && filter !== null ? (filter as Record<string, unknown>).rules : undefined;
  if (rules === 'any') return 'any';
  const list = [rules].flat();
  if (list.length > 0 && list.every((name) => typeof name === 'string' && name.trim() !== '')) return list.map(String);
  problems.error(['filter'], '"rules" must be "any" or a list of names or ids of rules');
  return undefined;
}
