/** Sigma strings: text in which `*` and `?` are wildcards and a backslash takes their meaning away. */

/** One piece of a pattern: literal text, `*` (any run of characters) or `?` (exactly one character). */
export type PatternPart = { readonly text: string } | { readonly wildcard: '*' | '?' };
/** A Sigma string. Neighboring literals are merged, and so are neighboring `*`. */
export type Pattern = readonly PatternPart[];

const ANY: PatternPart = { wildcard: '*' };

/**
 * Reads a Sigma string. `\*` and `\?` are literal, `\\` is one backslash, a backslash before anything else is itself
 * (specification, "Escape Character").
 */
export function parsePattern(text: string): Pattern {
  const parts: PatternPart[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    const following = text.charAt(at + 1);
    if (character === '\\' && (following === '*' || following === '?' || following === '\\')) {
      parts.push({ text: following });
      at += 1;
    } else if (character === '*' || character === '?') parts.push({ wildcard: character });
    else parts.push({ text: character });
  }
  return merge(parts);
}

/** A pattern without wildcards. */
export function literal(text: string): Pattern {
  return text === '' ? [] : [{ text }];
}

/** The text of a pattern without wildcards; `undefined` when it has some. */
export function literalOf(pattern: Pattern): string | undefined {
  if (pattern.length === 0) return '';
  const [only] = pattern;
  return pattern.length === 1 && only && 'text' in only ? only.text : undefined;
}

/** Where a pattern stands in a value. */
export type Placement = 'whole' | 'startswith' | 'endswith' | 'contains';

/** Puts the `*` that `startswith`, `endswith` and `contains` stand for. */
export function place(pattern: Pattern, placement: Placement): Pattern {
  const before = placement === 'endswith' || placement === 'contains' ? [ANY] : [];
  const after = placement === 'startswith' || placement === 'contains' ? [ANY] : [];
  return merge([...before, ...pattern, ...after]);
}

/** One pattern after the other. */
export function concatenate(patterns: readonly Pattern[]): Pattern {
  return merge(patterns.flat());
}

/** Changes the literal text only. */
export function mapText(pattern: Pattern, change: (text: string) => string): Pattern {
  return merge(pattern.map((part) => ('text' in part ? { text: change(part.text) } : part)));
}

/**
 * Without blanks at ends that are anchored to the value's ends: values are compared trimmed, so a blank there could never
 * match (an Entra activity name really ends in one).
 */
export function trimAnchored(pattern: Pattern): Pattern {
  const first = pattern[0];
  const parts = [...pattern];
  if (first && 'text' in first) parts[0] = { text: first.text.trimStart() };
  const last = parts.at(-1);
  if (last && 'text' in last) parts[parts.length - 1] = { text: last.text.trimEnd() };
  return merge(parts);
}

/** Matches `text` against a pattern in time proportional to the product of their lengths at worst. */
export function createGlob(pattern: Pattern): (text: string) => boolean {
  // One entry per character, so that the matcher below needs no inner loop. `undefined` = `*`, '' = `?`.
  const units = pattern.flatMap((part): (string | undefined)[] => {
    if ('text' in part) return Array.from(part.text);
    return [part.wildcard === '*' ? undefined : ''];
  });
  return (text) => {
    let at = 0;
    let unit = 0;
    let star = -1;
    let resume = 0;
    while (at < text.length) {
      const wanted = units[unit];
      if (unit < units.length && wanted === undefined) {
        star = unit;
        unit += 1;
        resume = at;
      } else if (wanted === '' || (wanted !== undefined && text.startsWith(wanted, at))) {
        at += wanted === '' ? widthAt(text, at) : wanted.length;
        unit += 1;
      } else if (star >= 0) {
        resume += widthAt(text, resume);
        at = resume;
        unit = star + 1;
      } else return false;
    }
    while (unit < units.length && units[unit] === undefined) unit += 1;
    return unit === units.length;
  };
}

/** UTF-16 units of the character at `at`: `?` stands for a character, not for half of one. */
function widthAt(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

function merge(parts: readonly PatternPart[]): Pattern {
  const merged: PatternPart[] = [];
  for (const part of parts) {
    const last = merged.at(-1);
    if ('text' in part) {
      if (part.text === '') continue;
      if (last && 'text' in last) merged[merged.length - 1] = { text: last.text + part.text };
      else merged.push(part);
    } else if (!(part.wildcard === '*' && last && 'wildcard' in last && last.wildcard === '*')) merged.push(part);
  }
  return merged;
}
