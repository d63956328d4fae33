/** From a detection section to an expression over one source's events. */
import type { SourceSchema } from '../model/log-source.ts';
import { type Expression, FALSE, type Leaf, simplify, TRUE } from './expression.ts';
import { createFieldResolver, type ResolvedField } from './fields.ts';
import type { Matcher } from './matchers.ts';
import { type ItemTest, readItem } from './modifiers.ts';
import type { Placeholders } from './placeholders.ts';
import { PLACE_PATH } from './postern-paths.ts';
import type { Condition, DetectionItem, DetectionSection, Selection } from './schema.ts';

/** Something about one item. */
export interface ItemProblem {
  readonly severity: 'error' | 'warning';
  readonly item: DetectionItem;
  readonly message: string;
}

/** An expression, with what is wrong or odd about the items it was made of. With an error it must not be used. */
export interface Compiled {
  readonly expression: Expression;
  readonly problems: readonly ItemProblem[];
}

/** Compiles sections for one source. Each call of the result is independent. */
export function createCompiler(
  source: SourceSchema,
  placeholders: Placeholders,
): (section: DetectionSection) => Compiled {
  const resolve = createFieldResolver(source);
  return (section) => {
    const problems: ItemProblem[] = [];
    const compiled = new Map<string, Expression>();
    for (const [name, selection] of section.selections) compiled.set(name, fromSelection(selection));
    return { expression: simplify(fromCondition(section.condition), () => undefined), problems };

    function fromCondition(condition: Condition): Expression {
      if (condition.kind === 'name') return compiled.get(condition.name) ?? FALSE;
      if (condition.kind === 'not') return { kind: 'not', of: fromCondition(condition.of) };
      return { kind: condition.kind, of: condition.of.map(fromCondition) };
    }
    function fromSelection(selection: Selection): Expression {
      if (selection.kind === 'item') return fromItem(selection);
      return { kind: selection.kind === 'all' ? 'and' : 'or', of: selection.of.map(fromSelection) };
    }
    function fromItem(item: DetectionItem): Expression {
      const reading = readItem(item, placeholders ?? {});
      if (!reading.ok) {
        problems.push({ severity: 'error', item, message: `${item.field || 'keyword'}: ${reading.message}` });
        return FALSE;
      }
      const field = item.field === '' ? undefined : resolve(item.field);
      if (field && !field.known)
        problems.push({ severity: 'warning', item, message: unknownField(item.field, field, source) });
      const others = reading.test.kind === 'field' ? reading.test.others.map(resolve) : [];
      if (others.some((other) => isPlace(other)) || (others.length > 0 && field && isPlace(field))) {
        problems.push({ severity: 'error', item, message: '"postern.place" cannot be compared with another field' });
      }
      return toExpression(reading.test, field, others);
    }
  };
}

function unknownField(name: string, { guess }: ResolvedField, source: SourceSchema): string {
  const hint = guess === undefined ? '' : `; did you mean "${guess}"?`;
  return `"${name}" is no field that ${source.name} is known to have${hint}`;
}

function isPlace(field: ResolvedField): boolean {
  return field.paths.includes(PLACE_PATH);
}

const ANYTHING: Matcher = () => true;

/** No `field`: a keyword search. */
function toExpression(test: ItemTest, field: ResolvedField | undefined, others: readonly ResolvedField[]): Expression {
  const accepting = (accepts: Matcher): Leaf => {
    if (!field) return { kind: 'anywhere', accepts };
    return isPlace(field) ? { kind: 'place', accepts } : { kind: 'some', paths: field.paths, accepts };
  };
  const negate = (expression: Expression): Expression => ({ kind: 'not', of: expression });
  // `neq`: an absent field is not known to differ.
  const unlessNegated = (negated: boolean, expression: Expression): Expression =>
    negated ? { kind: 'and', of: [accepting(ANYTHING), negate(expression)] } : expression;
  switch (test.kind) {
    case 'null':
      return test.negated ? accepting(ANYTHING) : negate(accepting(ANYTHING));
    case 'exists': {
      const paths = field?.paths ?? [];
      const there: Expression = field && isPlace(field) ? TRUE : { kind: 'there', paths };
      return test.wanted ? there : negate(there);
    }
    case 'values':
      return unlessNegated(test.negated, { kind: 'and', of: test.every.map(accepting) });
    case 'field': {
      const { placement, cased } = test;
      const paths = field?.paths ?? [];
      const leaves = others.map((other): Leaf => ({ kind: 'same', paths, others: other.paths, placement, cased }));
      return unlessNegated(test.negated, { kind: test.all ? 'and' : 'or', of: leaves });
    }
  }
}
