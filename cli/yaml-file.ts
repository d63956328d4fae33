/** Reads a YAML file that an admin writes, and says everything that is wrong with it at once, each with its place. */
import { isMap, isScalar, isSeq, LineCounter, type ParsedNode, parseDocument } from 'yaml';
import type { z } from 'zod';
import { ConfigError, formatProblem, type Problem } from '../src/errors.ts';
import { readTextFile, whyNotRead } from '../src/text-file.ts';

/** How a file is read. */
export interface YamlFile<T> {
  readonly schema: z.ZodType<T>;
  /** What is wrong and what to do, for a violation of the schema. Never with content of the file. */
  readonly words: (issue: z.core.$ZodIssue) => string;
  /** Problems that a schema cannot tell, each with the path of the node that it concerns. */
  readonly check?: (content: T) => readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
}

/** The text of a file. Throws `ConfigError` when it cannot be read; `hint` says what to do. */
export async function readYamlText(path: string, hint: string): Promise<string> {
  try {
    return await readTextFile(path);
  } catch (error) {
    throw new ConfigError([`${path}: cannot be read (${whyNotRead(error)}). ${hint}`]);
  }
}

/** The content of a text, checked. Throws `ConfigError` with every problem as `path:line:column: what, and what to do`. */
export function parseYaml<T>(text: string, path: string, file: YamlFile<T>): T {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const fail = (problems: readonly Problem[]) => new ConfigError(problems.map(formatProblem));
  // The parser gives up once per bracket.
  if (document.errors.some(({ message }) => message.includes('call stack')))
    throw new ConfigError([`${path}: not valid YAML: nested too deep. Write it flat.`]);
  if (document.errors.length > 0) {
    throw fail(
      document.errors.map((error) => {
        const { line, col } = lines.linePos(error.pos[0]);
        return { file: path, line, column: col, message: `not valid YAML: ${error.message}` };
      }),
    );
  }
  const at = (where: readonly PropertyKey[]) => ({ ...locate(document.contents, where, lines), file: path });
  const content = file.schema.safeParse(toPlain(document, path));
  if (!content.success) {
    throw fail(content.error.issues.map((issue) => ({ ...at(placeOf(issue)), message: file.words(issue) })));
  }
  const problems = file.check?.(content.data) ?? [];
  if (problems.length > 0) throw fail(problems.map(({ path: where, message }) => ({ ...at(where), message })));
  return content.data;
}

/** The key itself, where it is one that should not be there. */
function placeOf(issue: z.core.$ZodIssue): readonly PropertyKey[] {
  const [key] = issue.code === 'unrecognized_keys' ? issue.keys : [];
  return key === undefined ? issue.path : [...issue.path, key];
}

function toPlain(document: ReturnType<typeof parseDocument>, path: string): unknown {
  try {
    // The default limit of aliases keeps a file that unfolds for ever from doing so.
    return document.toJS();
  } catch {
    throw new ConfigError([`${path}: uses too many aliases (*name). Write the values out.`]);
  }
}

/** Line and column of the node at `path`, or of the nearest node above it. */
function locate(
  root: ParsedNode | null,
  path: readonly PropertyKey[],
  lines: LineCounter,
): { line?: number; column?: number } {
  let node: unknown = root;
  let best = root;
  for (const part of path) {
    node = isMap(node) || isSeq(node) ? node.get(typeof part === 'number' ? part : String(part), true) : undefined;
    if (!isParsed(node)) break;
    best = node;
  }
  if (!best?.range) return {};
  const { line, col } = lines.linePos(best.range[0]);
  return { line, column: col };
}

function isParsed(node: unknown): node is ParsedNode {
  return (isMap(node) || isSeq(node) || isScalar(node)) && node.range !== undefined;
}
