/** Collects everything that is wrong with one document, with the place where it stands. */
import type { z } from 'zod';
import type { RuleYaml } from './documents.ts';
import type { RuleProblem } from './schema.ts';
import { suggestion } from './spelling.ts';

/** A path into the document: keys and list indexes. */
export type Path = readonly PropertyKey[];

/** Problems of one document. */
export interface DocumentProblems {
  readonly error: (path: Path, message: string) => void;
  readonly warn: (path: Path, message: string) => void;
  /** The value as `schema` has it; otherwise its issues are reported under `path`. */
  readonly read: <Schema extends z.ZodType>(schema: Schema, value: unknown, path: Path) => z.output<Schema> | undefined;
  /** True once something is wrong enough to reject the rule. */
  readonly failed: () => boolean;
}

/** Appends to `problems`; `rule` is what the rule is called, as far as known. */
export function createDocumentProblems(
  document: RuleYaml,
  problems: RuleProblem[],
  rule: string | undefined,
): DocumentProblems {
  let failed = false;
  function report(severity: RuleProblem['severity'], path: Path, message: string): void {
    failed ||= severity === 'error';
    problems.push({ severity, file: document.file, ...document.locate(path), message, ...(rule && { rule }) });
  }
  const error = (path: Path, message: string) => report('error', path, message);
  return {
    error,
    warn: (path, message) => report('warning', path, message),
    read(schema, value, path) {
      const result = schema.safeParse(value);
      if (result.success) return result.data;
      for (const issue of result.error.issues) {
        const at = [...path, ...issue.path];
        if (issue.code === 'unrecognized_keys') {
          for (const key of issue.keys) error([...at, key], unknownKey(key, schema));
        } else error(at, `${nameOf(at)}${wordsFor(issue, value)}`);
      }
      return undefined;
    },
    failed: () => failed,
  };
}

function unknownKey(key: string, schema: z.ZodType): string {
  const known = 'shape' in schema ? Object.keys(schema.shape as object) : [];
  return `there is no "${key}" here${suggestion(key, known)}`;
}

function wordsFor(issue: z.core.$ZodIssue, value: unknown): string {
  let found = value;
  for (const key of issue.path) found = (found as Record<PropertyKey, unknown> | null | undefined)?.[key];
  if (found === undefined) return 'is missing';
  return issue.message.replace(/^Invalid input: expected /, 'must be ').replace(/, received .*$/, '');
}

function nameOf(path: Path): string {
  const name = path.findLast((key) => typeof key === 'string');
  return name === undefined ? 'the document ' : `"${String(name)}" `;
}
