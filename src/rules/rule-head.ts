/** What every rule document has in common: title, id, name, level, tags, the `postern` block. */
import { z } from 'zod';
import { OUTCOMES } from '../model/finding.ts';
import type { DocumentProblems } from './document-problems.ts';
import type { RuleYaml } from './documents.ts';
import { LEVELS, type PosternBlock, type RuleDocument, STATUSES } from './schema.ts';
import { parseTimespan } from './timespan.ts';

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;
const text = (max: number) => z.string().max(max, `is longer than ${max} characters`);
const texts = z.array(z.string(), 'must be a list of texts');
const textOrTexts = z.union([z.string(), z.array(z.string())], 'must be text or a list of texts');
const oneOf = <const Words extends readonly string[]>(words: Words) =>
  z.enum(words, `must be one of ${words.join(', ')}`);
const id = z
  .string('must be a UUID in quotes')
  .regex(UUID, 'is not a UUID such as 929a690e-bef0-4204-a928-ef5e620d6fcc');
const date = z.string('must be a date such as 2026-01-31').refine(isDate, 'is not a date such as 2026-01-31');

/** The keys that Sigma defines for all kinds of documents. `looseObject`: custom keys are allowed and kept. */
const Head = z.looseObject({
  title: text(256).trim().min(1, 'is empty'),
  id: id.optional(),
  name: text(256).trim().min(1, 'is empty').optional(),
  related: z
    .array(z.looseObject({ id, type: oneOf(['derived', 'obsolete', 'merged', 'renamed', 'similar']) }))
    .optional(),
  taxonomy: text(256).optional(),
  status: oneOf(STATUSES).optional(),
  description: text(65_535).optional(),
  license: z.string().optional(),
  author: z.string().optional(),
  references: texts.optional(),
  date: date.optional(),
  modified: date.optional(),
  level: oneOf(LEVELS).optional(),
  tags: texts.optional(),
  falsepositives: textOrTexts.optional(),
  scope: textOrTexts.optional(),
  fields: texts.optional(),
});

const SOURCE_NAMES = [
  'directory-audits',
  'sign-ins',
  'risk-detections',
  'provider-mail',
  'authentication-methods',
  'mailbox-activity',
] as const;

const Postern = z.strictObject({
  outcome: oneOf(OUTCOMES).optional(),
  needs: z.array(oneOf(SOURCE_NAMES)).optional(),
  story: text(300).min(1, 'is empty').optional(),
  change: text(300).min(1, 'is empty').optional(),
  absence: z.strictObject({ rules: z.array(z.string()).min(1, 'names no rule'), within: z.string() }).optional(),
});

const SIGMA_KEYS = new Set([...Object.keys(Head.shape), 'logsource', 'detection', 'correlation', 'filter', 'postern']);

/** Reads the common part; `undefined` when it is wrong, which is then reported. */
export function readHead(
  document: RuleYaml,
  value: Record<string, unknown>,
  problems: DocumentProblems,
): RuleDocument | undefined {
  const head = problems.read(Head, value, []);
  const postern = readPostern(value, problems);
  if (!head || !postern) return undefined;
  if (head.taxonomy !== undefined && head.taxonomy !== 'sigma') {
    problems.warn(['taxonomy'], 'only the taxonomy "sigma" is known; field names are read as if it were that');
  }
  const { title, status, description, author, modified } = head;
  return {
    name: provisionalName(value) ?? title,
    title,
    ...(head.id && { id: head.id.toLowerCase() }),
    ...(status && { status }),
    ...(description && { description }),
    ...(author && { author }),
    ...(head.date && { date: head.date }),
    ...(modified && { modified }),
    references: head.references ?? [],
    level: head.level ?? 'informational',
    tags: head.tags ?? [],
    techniques: techniquesOf(head.tags ?? []),
    falsepositives: [head.falsepositives ?? []].flat(),
    postern,
    custom: Object.fromEntries(Object.entries(value).filter(([key]) => !SIGMA_KEYS.has(key))),
    file: document.file,
    line: document.locate([]).line,
  };
}

/** What a document is called, before it is known to be valid: its name, else its id, else its title in kebab-case. */
export function provisionalName(value: Record<string, unknown>): string | undefined {
  const { name, id: identity, title } = value;
  if (typeof name === 'string' && name.trim()) return name.trim();
  if (typeof identity === 'string' && UUID.test(identity)) return identity.toLowerCase();
  if (typeof title !== 'string' || !title.trim()) return undefined;
  const slug = title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-');
  return slug.replace(/^-|-$/g, '') || title.trim();
}

function readPostern(value: Record<string, unknown>, problems: DocumentProblems): PosternBlock | undefined {
  if (value.postern === undefined) return { needs: [] };
  const block = problems.read(Postern, value.postern, ['postern']);
  if (!block) return undefined;
  const { absence, needs, ...rest } = block;
  const plain: PosternBlock = {
    needs: needs ?? [],
    ...(rest.outcome && { outcome: rest.outcome }),
    ...(rest.story && { story: rest.story }),
    ...(rest.change && { change: rest.change }),
  };
  if (!absence) return plain;
  if (value.correlation === undefined) {
    problems.error(['postern', 'absence'], 'only a correlation can tell that something did not follow');
    return undefined;
  }
  const withinMs = parseTimespan(absence.within);
  if (withinMs === undefined) {
    problems.error(['postern', 'absence', 'within'], '"within" needs a number and a unit, such as 30m, 4h or 2d');
    return undefined;
  }
  return { ...plain, absence: { rules: absence.rules, withinMs } };
}

/** `attack.t1078.004` → `T1078.004`. Tags of tactics and other namespaces are left out. */
function techniquesOf(tags: readonly string[]): string[] {
  const ids = tags.flatMap((tag) => /^attack\.(t\d{4}(?:\.\d{3})?)$/i.exec(tag.trim())?.[1]?.toUpperCase() ?? []);
  return [...new Set(ids)];
}

function isDate(value: string): boolean {
  const match = /^\d{4}-\d{2}-\d{2}$/.exec(value);
  const parsed = new Date(`${value}T00:00:00Z`);
  return match !== null && !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(value);
}
