/**
 * YAML text → plain data with positions.
 *
 * Rule files may come from strangers, so the time to read one is bounded: its size, depth, nodes and aliases are, and the
 * `yaml` package's own conversion (exponential for keys that are themselves maps) is not used.
 */

import type { Document } from 'yaml';
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseAllDocuments } from 'yaml';
import type { RuleProblem } from './schema.ts';

/** One file of rules, as text. `path` is only for messages. `unreadable` says why there is no text, and what to do. */
export interface RuleFile {
  readonly path: string;
  readonly text: string;
  readonly unreadable?: string;
}

/** A 1-based place in a file. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One YAML document as plain data (maps are objects without a prototype). */
export interface RuleYaml {
  readonly file: string;
  readonly value: unknown;
  /** Where the key, or list entry, at `path` stands; the nearest ancestor's place when there is none. */
  readonly locate: (path: readonly PropertyKey[]) => Position;
}

const MAX_CHARACTERS = 512 * 1024;
const MAX_DEPTH = 32;
const MAX_NODES = 50_000;
const MAX_ALIASES = 100;
const MAX_SYNTAX_PROBLEMS = 20;

/** Reads every document of a file. Documents with syntax errors are left out and reported. */
export function readDocuments(file: RuleFile): { documents: RuleYaml[]; problems: RuleProblem[] } {
  const problems: RuleProblem[] = [];
  const report = (message: string, position?: Position) =>
    void problems.push({ severity: 'error', file: file.path, ...position, message });
  if (file.unreadable !== undefined) {
    report(file.unreadable);
    return { documents: [], problems };
  }
  if (file.text.length > MAX_CHARACTERS) {
    report(`the file is larger than ${MAX_CHARACTERS / 1024} KiB; split it`);
    return { documents: [], problems };
  }
  const lines = new LineCounter();
  const positionOf = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const documents: RuleYaml[] = [];
  for (const document of parse(file.text, lines, report)) {
    if (document.errors.some(({ message }) => message.includes('call stack'))) {
      report(`nested deeper than ${MAX_DEPTH} levels`, positionOf(document.range[0]));
      continue;
    }
    if (document.errors.length > 0) {
      for (const error of document.errors.slice(0, MAX_SYNTAX_PROBLEMS)) {
        report(`not valid YAML: ${error.message}`, positionOf(error.pos[0]));
      }
      continue;
    }
    if (isEmpty(document)) continue;
    try {
      const start = positionOf(document.contents?.range?.[0] ?? 0);
      documents.push(toRuleYaml(file.path, document, start, positionOf));
    } catch (error) {
      if (!(error instanceof UnreadableNode)) throw error;
      report(error.message, positionOf(error.offset));
    }
  }
  return { documents, problems };
}

function isEmpty({ contents }: Document.Parsed): boolean {
  return !contents || (isScalar(contents) && contents.value === null);
}

class UnreadableNode extends Error {
  override readonly name = 'UnreadableNode';
  readonly offset: number;
  constructor(message: string, node: Node) {
    super(message);
    this.offset = node.range?.[0] ?? 0;
  }
}

function parse(text: string, lineCounter: LineCounter, report: (message: string) => void): Document.Parsed[] {
  try {
    const options = {
      lineCounter,
      uniqueKeys: false,
      stringKeys: true,
      prettyErrors: false,
      logLevel: 'silent',
    } as const;
    const documents = parseAllDocuments(text, options);
    return 'empty' in documents ? [] : documents;
  } catch (error) {
    // Deep nesting overflows the parser's stack: the author's text is at fault, not the program.
    report(`not readable as YAML (${error instanceof Error ? error.name : 'error'}); is it nested very deeply?`);
    return [];
  }
}

function toRuleYaml(
  file: string,
  document: Document.Parsed,
  start: Position,
  positionOf: (offset: number) => Position,
): RuleYaml {
  const offsets = new WeakMap<object, Map<PropertyKey, number>>();
  const value = toPlain(document, offsets);
  return {
    file,
    value,
    locate(path) {
      let position = start;
      let current = value;
      for (const key of path) {
        if (typeof current !== 'object' || current === null) break;
        const offset = offsets.get(current)?.get(key);
        if (offset === undefined) break;
        position = positionOf(offset);
        current = (current as Record<PropertyKey, unknown>)[key];
      }
      return position;
    },
  };
}

/** Plain data of a document; notes where each key and entry stands. Throws `UnreadableNode`. */
function toPlain(document: Document.Parsed, offsets: WeakMap<object, Map<PropertyKey, number>>): unknown {
  let nodes = 0;
  let aliases = 0;
  function convert(node: unknown, depth: number, parent: Node): unknown {
    if (node === null || node === undefined) return null;
    const here = node as Node;
    nodes += 1;
    if (nodes > MAX_NODES) throw new UnreadableNode(`more than ${MAX_NODES} values; split the document`, parent);
    if (depth > MAX_DEPTH) throw new UnreadableNode(`nested more than ${MAX_DEPTH} levels deep`, parent);
    if (isAlias(here)) {
      aliases += 1;
      if (aliases > MAX_ALIASES)
        throw new UnreadableNode(`more than ${MAX_ALIASES} aliases; write the values out`, here);
      return convert(here.resolve(document), depth + 1, here);
    }
    if (isMap(here)) return convertMap(here, depth);
    if (isSeq(here)) {
      const list = here.items.map((item) => convert(item, depth + 1, here));
      offsets.set(list, new Map(here.items.map((item, index) => [index, offsetOf(item, here)])));
      return list;
    }
    return isScalar(here) ? toScalar(here.value, here) : null;
  }
  function convertMap(map: Node & { items: readonly Pair[] }, depth: number): object {
    const plain: Record<string, unknown> = Object.create(null);
    const places = new Map<PropertyKey, number>();
    for (const pair of map.items) {
      const key = isScalar(pair.key) ? String(pair.key.value) : '';
      if (key === '__proto__') throw new UnreadableNode("the key '__proto__' cannot be used", pair.key as Node);
      if (places.has(key)) throw new UnreadableNode(`the key '${key}' stands here twice`, pair.key as Node);
      places.set(key, offsetOf(pair.key, map));
      plain[key] = convert(pair.value, depth + 1, map);
    }
    offsets.set(plain, places);
    return plain;
  }
  return convert(document.contents, 0, document.contents as Node);
}

function offsetOf(node: unknown, parent: Node): number {
  return (node as Node | null)?.range?.[0] ?? parent.range?.[0] ?? 0;
}

function toScalar(value: unknown, node: Node): string | number | boolean | null {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new UnreadableNode('not a finite number; put it in quotes if it is text', node);
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
      throw new UnreadableNode('too large to be read exactly as a number; put it in quotes', node);
    }
    return value;
  }
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  throw new UnreadableNode('a kind of value that Sigma does not have; put it in quotes', node);
}
