/** The `detection:` section of rules and the like of it in filters. */
import { z } from 'zod';
import type { SigmaLogSource } from '../model/log-source.ts';
import { fitsPattern, parseConditions } from './condition.ts';
import type { DocumentProblems, Path } from './document-problems.ts';
import type { RuleYaml } from './documents.ts';
import { readItem } from './modifiers.ts';
import type { DetectionItem, DetectionSection, Scalar, Selection } from './schema.ts';
import { closest } from './spelling.ts';

/** More search identifiers than this are refused, to bound the work of `1 of *`. */
const MAX_IDENTIFIERS = 200;

const optionalText = z.string('must be text').trim().min(1, 'is empty').nullish();
const LogSourceSection = z.looseObject({
  category: optionalText,
  product: optionalText,
  service: optionalText,
  definition: z.string('must be text').nullish(),
});

/** Reads `logsource:`; `undefined` when it is wrong. */
export function readLogSource(value: unknown, problems: DocumentProblems): SigmaLogSource | undefined {
  const section = problems.read(LogSourceSection, value, ['logsource']);
  if (!section) return undefined;
  const known = Object.keys(LogSourceSection.shape);
  for (const key of Object.keys(section)) {
    const meant = known.includes(key) ? undefined : closest(key, known);
    // Left out, it would make the rule one for every log of the product.
    if (meant) problems.error(['logsource', key], `"logsource" has no "${key}"; did you mean "${meant}"?`);
  }
  const { category, product, service } = section;
  if (!category && !product && !service) {
    problems.error(['logsource'], '"logsource" needs a category, a product or a service');
    return undefined;
  }
  return { ...(category && { category }), ...(product && { product }), ...(service && { service }) };
}

/** Reads search identifiers and condition of the map at `path`, all keys but `others`. */
export function readDetection(
  document: RuleYaml,
  value: unknown,
  path: Path,
  others: readonly string[],
  problems: DocumentProblems,
): DetectionSection | undefined {
  if (!isMap(value)) {
    problems.error(path, `"${String(path.at(-1))}" ${value === undefined ? 'is missing' : 'must be a map'}`);
    return undefined;
  }
  const names = Object.keys(value).filter((name) => name !== 'condition' && !others.includes(name));
  if (names.length > MAX_IDENTIFIERS) {
    problems.error(path, `more than ${MAX_IDENTIFIERS} search identifiers`);
    return undefined;
  }
  const selections = new Map<string, Selection>();
  for (const name of names) {
    const selection = readSelection(document, value[name], [...path, name], problems);
    if (selection) selections.set(name, selection);
  }
  const condition = readCondition(value.condition, names, path, problems);
  return condition && selections.size === names.length ? { selections, condition } : undefined;
}

function readCondition(value: unknown, names: readonly string[], path: Path, problems: DocumentProblems) {
  const at = [...path, 'condition'];
  if (value === undefined) {
    problems.error(path, '"condition" is missing');
    return undefined;
  }
  const texts = [value].flat();
  if (texts.length === 0 || !texts.every((text) => typeof text === 'string')) {
    problems.error(at, '"condition" must be text or a list of texts');
    return undefined;
  }
  const reading = parseConditions(texts, { known: names, noun: 'search identifier', quantifiers: true });
  if (!reading.ok) {
    problems.error(at, `condition: ${reading.message}`);
    return undefined;
  }
  for (const name of names) if (!reading.used.has(name)) reportUnused(name, texts, [...path, name], problems);
  return reading.condition;
}

/** An unused identifier is odd; one that almost fits a pattern of the condition is a misspelling that changes the rule. */
function reportUnused(name: string, conditions: readonly string[], path: Path, problems: DocumentProblems): void {
  const words = conditions.flatMap((text) => text.match(/[^\s()]+/g) ?? []);
  const patterns = words.filter((word) => word.includes('*') && !fitsPattern(word, name));
  const stems = new Map(patterns.map((pattern) => [pattern.replaceAll('*', ''), pattern]));
  const candidates = [...stems].filter(([stem]) => stem.length > 3);
  const near = candidates.find(([stem]) => closest(name.slice(0, stem.length), [stem]) !== undefined);
  if (near) problems.error(path, `"${name}" is not used; does it lack the spelling of "${near[1]}" in the condition?`);
  else problems.warn(path, `"${name}" is not used in the condition`);
}

function readSelection(
  document: RuleYaml,
  value: unknown,
  path: Path,
  problems: DocumentProblems,
): Selection | undefined {
  if (isMap(value)) return readEntries(document, value, path, problems);
  if (!Array.isArray(value)) {
    if (!isScalar(value) || value === null)
      problems.error(path, `"${String(path.at(-1))}" is empty; give it fields or keywords`);
    else return readOneItem(document, '', value, path, problems);
    return undefined;
  }
  if (value.length === 0) {
    problems.error(path, `"${String(path.at(-1))}" is an empty list`);
    return undefined;
  }
  if (value.every(isScalar)) return readOneItem(document, '', value, path, problems);
  const parts = value.map((entry, index) => readSelection(document, entry, [...path, index], problems));
  const found = parts.filter((part) => part !== undefined);
  return found.length === parts.length ? { kind: 'any', of: found } : undefined;
}

function readEntries(
  document: RuleYaml,
  map: Record<string, unknown>,
  path: Path,
  problems: DocumentProblems,
): Selection | undefined {
  const entries = Object.entries(map);
  if (entries.length === 0) {
    problems.error(path, `"${String(path.at(-1))}" is an empty map`);
    return undefined;
  }
  const items = entries.map(([key, value]) => readOneItem(document, key, value, [...path, key], problems));
  const found = items.filter((item) => item !== undefined);
  return found.length === items.length ? { kind: 'all', of: found } : undefined;
}

function readOneItem(
  document: RuleYaml,
  key: string,
  value: unknown,
  path: Path,
  problems: DocumentProblems,
): DetectionItem | undefined {
  const [field = '', ...modifiers] = key.split('|').map((part) => part.trim());
  const values = [value].flat();
  if (!values.every(isScalar)) {
    problems.error(path, `the value of "${key}" must be a text, a number, true, false, null or a list of them`);
    return undefined;
  }
  if (key.trim() === '' && path.at(-1) === key) {
    problems.error(path, 'a field name is missing');
    return undefined;
  }
  const item: DetectionItem = { kind: 'item', field, modifiers, values, ...document.locate(path) };
  const reading = readItem(item, undefined);
  if (reading.ok) return item;
  problems.error(path, field ? `${field}: ${reading.message}` : reading.message);
  return undefined;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isScalar(value: unknown): value is Scalar {
  return value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
