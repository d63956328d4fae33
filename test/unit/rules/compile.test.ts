import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holds } from '../../../src/rules/condition.ts';
import { createFieldResolver } from '../../../src/rules/fields.ts';
import type { DetectionItem, DetectionRule, Scalar, Selection } from '../../../src/rules/schema.ts';
import { AUDITS, eventOf, ruleSetOf, rulesOf, ruleText, SIGN_INS } from './samples.ts';

describe('field names', () => {
  const resolve = createFieldResolver(AUDITS);
  it.each([
    ['OperationName', ['activityDisplayName'], true],
    ['operationname', ['activityDisplayName'], true],
    ['ACTIVITYDISPLAYNAME', ['activityDisplayName'], true],
    ['Status', ['result', 'resultReason'], true],
    ['TargetResources', ['targetResources'], true],
    ['properties.targetResources.id', ['targetResources.id'], true],
    [
      'TargetResources.ModifiedProperties.NewValue',
      ['targetResources.ModifiedProperties.NewValue', 'targetResources.modifiedProperties.newValue'],
      true,
    ],
    ['initiatedBy.user', ['initiatedBy.user'], true],
    ['Postern.Recovery.Step', ['postern.recovery.step'], true],
    ['correlationId', ['correlationId'], true],
    ['postern.recovery.stpe', ['postern.recovery.stpe'], false],
    ['properties.other', ['properties.other'], false],
    ['ActivityDetails', ['ActivityDetails'], false],
    ['activityDisplaName', ['activityDisplaName'], false],
  ])('%s', (name, paths, known) => {
    expect(resolve(name)).toMatchObject({ paths, known });
  });

  it('guesses what was meant', () => {
    expect(resolve('postern.recovery.stpe').guess).toBe('postern.recovery.step');
    expect(resolve('activityDisplaName').guess).toBe('activityDisplayName');
  });
});

describe('aliases', () => {
  it('match the union of their paths', () => {
    const ruleSet = ruleSetOf([ruleText('s:\n  status: Failure\ncondition: s')]);
    expect(ruleSet.detect(eventOf({ result: 'failure' })).hits).toHaveLength(1);
    expect(ruleSet.detect(eventOf({ resultReason: 'failure' })).hits).toHaveLength(1);
    expect(ruleSet.detect(eventOf({ status: 'failure' })).hits).toHaveLength(0);
  });

  it('are those of the event’s source', () => {
    const ruleSet = ruleSetOf([
      ruleText('s:\n  ResultType: 50126\ncondition: s', { service: 'signinlogs' }),
      ruleText('s:\n  ResultType: 50126\ncondition: s', { name: 'audit' }),
    ]);
    const fields = { status: { errorCode: 50126 } };
    expect(ruleSet.detect(eventOf(fields, 'sign-ins')).hits.map(({ rule }) => rule)).toEqual(['sample']);
    expect(ruleSet.detect(eventOf(fields)).hits).toEqual([]);
    expect(ruleSet.detect(eventOf({ ResultType: 50126 })).hits.map(({ rule }) => rule)).toEqual(['audit']);
  });
});

describe('the place, which depends on what else was read', () => {
  it.each([
    ['s:\n  postern.place: new\ncondition: s', 0b001],
    ['s:\n  postern.place: familiar\ncondition: s', 0b010],
    ['s:\n  postern.place: unknown\ncondition: s', 0b100],
    ['s:\n  postern.place: [new, unknown]\ncondition: s', 0b101],
    ['s:\n  postern.place: familiar\ncondition: not s', 0b101],
    ['s:\n  postern.place|neq: familiar\ncondition: s', 0b101],
    ['s:\n  postern.place|contains: n\ncondition: s', 0b101],
    ['s:\n  postern.place|exists: true\ncondition: s', 0b111],
    ['s:\n  x: 1\ncondition: s', 0b111],
    ['s:\n  x: 1\n  postern.place: new\ncondition: s', 0b001],
    ['s:\n  x: 2\n  postern.place: new\ncondition: s', 0],
    ['s:\n  x: 1\nt:\n  postern.place: new\ncondition: s or t', 0b111],
    ['s:\n  x: 2\nt:\n  postern.place: new\ncondition: s or t', 0b001],
    ['s:\n  postern.place: elsewhere\ncondition: s', 0],
    ['s:\n  postern.place: null\ncondition: s', 0],
    ['s:\n  postern.place: new\nt:\n  postern.place: familiar\ncondition: s or t', 0b011],
  ])('%j is true when %i', (detection, when) => {
    const { hits } = ruleSetOf([ruleText(detection)]).detect(eventOf({ x: 1, postern: { place: 'new' } }));
    expect(hits.map((hit) => hit.when)).toEqual(when === 0 ? [] : [when]);
  });
});

// The definition once more, without compiling anything, for comparison.

const VALUES: readonly Scalar[] = ['a', 'b', 'ab', 1, 0, true, ''];
const FIELDS = ['activityDisplayName', 'x', 'y.z'];

function valuesOf(fields: Readonly<Record<string, unknown>>, path: string): unknown[] {
  const flat = (value: unknown): unknown[] => (Array.isArray(value) ? value.flatMap(flat) : [value]);
  return path
    .split('.')
    .reduce<unknown[]>(
      (found, segment) =>
        found.flatMap((value) =>
          typeof value === 'object' && value !== null ? flat((value as Record<string, unknown>)[segment]) : [],
        ),
      [fields],
    );
}

function isThere(value: unknown, path: readonly string[]): boolean {
  const [first, ...rest] = path;
  if (first === undefined) return value !== undefined;
  if (Array.isArray(value)) return value.some((element) => isThere(element, path));
  return typeof value === 'object' && value !== null && isThere((value as Record<string, unknown>)[first], rest);
}

function naiveItem(item: DetectionItem, fields: Readonly<Record<string, unknown>>, place: string): boolean {
  const all = item.field === 'postern.place' ? [place] : valuesOf(fields, item.field);
  const present = all
    .filter((value) => value !== undefined && value !== null)
    .map((value) => String(value).trim().toLowerCase());
  const [mode] = item.modifiers;
  if (mode === 'exists') return item.values[0] === isThere(fields, item.field.split('.'));
  if (item.values[0] === null) return present.length === 0;
  const some = item.values.some((wanted) => {
    const text = String(wanted).toLowerCase();
    return present.some((value) => (mode === 'contains' ? value.includes(text) : value === text));
  });
  return mode === 'neq' ? present.length > 0 && !some : some;
}

function naiveSelection(selection: Selection, fields: Readonly<Record<string, unknown>>, place: string): boolean {
  if (selection.kind === 'item') return naiveItem(selection, fields, place);
  const test = (part: Selection) => naiveSelection(part, fields, place);
  return selection.kind === 'all' ? selection.of.every(test) : selection.of.some(test);
}

function naiveWhen(rule: DetectionRule, fields: Readonly<Record<string, unknown>>): number {
  const { selections, condition } = rule.detection;
  return ['new', 'familiar', 'unknown'].reduce((when, place, bit) => {
    const isTrue = (name: string) => {
      const selection = selections.get(name);
      return selection !== undefined && naiveSelection(selection, fields, place);
    };
    return holds(condition, isTrue) ? when | (1 << bit) : when;
  }, 0);
}

const entry = fc.oneof(
  fc.record({
    field: fc.constantFrom(...FIELDS),
    modifier: fc.constantFrom('', '|neq'),
    values: fc.array(fc.constantFrom(...VALUES), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    field: fc.constantFrom(...FIELDS),
    modifier: fc.constant('|contains'),
    values: fc.constantFrom(['a'], ['b', 'ab']),
  }),
  fc.record({
    field: fc.constantFrom(...FIELDS),
    modifier: fc.constant('|exists'),
    values: fc.constantFrom([true], [false]),
  }),
  fc.record({ field: fc.constantFrom(...FIELDS), modifier: fc.constant(''), values: fc.constant([null]) }),
  fc.record({
    field: fc.constant('postern.place'),
    modifier: fc.constantFrom('', '|neq'),
    values: fc.subarray(['new', 'familiar', 'unknown'], { minLength: 1 }),
  }),
);
const map = fc
  .array(entry, { minLength: 1, maxLength: 3 })
  .map((entries) =>
    Object.fromEntries(
      entries.map(({ field, modifier, values }) => [field + modifier, values.length === 1 ? values[0] : values]),
    ),
  );
const selection = fc.oneof(map, fc.array(map, { minLength: 1, maxLength: 2 }));
const condition = fc.constantFrom(
  'a',
  'not a',
  'a and b',
  'a or b and not c',
  'not (a or b) and c',
  'a and not 1 of them',
  'all of them or not b',
  '(a or b) and (c or not a)',
);
const rule = fc.record({ a: selection, b: selection, c: selection, condition });
const scalar = fc.constantFrom<unknown>('a', 'B ', 'ab', 1, '1', 0, true, '', null, undefined);
const value = fc.oneof(scalar, fc.array(scalar, { maxLength: 2 }));
const record = fc.record({
  activityDisplayName: value,
  x: value,
  y: fc.oneof(scalar, fc.record({ z: value }), fc.array(fc.record({ z: value }), { maxLength: 2 })),
});

describe('compiled rules', () => {
  it('say what the definition says, however many events have been dispatched before', () => {
    fc.assert(
      fc.property(
        fc.array(rule, { minLength: 1, maxLength: 3 }),
        fc.array(record, { minLength: 1, maxLength: 6 }),
        (sections, records) => {
          const texts = sections.map((detection, index) =>
            JSON.stringify({
              title: `Rule ${index}`,
              name: `rule-${index}`,
              logsource: { product: 'azure', service: 'auditlogs' },
              detection,
            }),
          );
          const rules = rulesOf(...texts).filter((parsed) => parsed.kind === 'detection');
          const ruleSet = ruleSetOf(texts);
          for (const fields of [...records, ...records]) {
            const { hits, faults } = ruleSet.detect(eventOf(fields));
            const expected = rules
              .map((parsed) => [parsed.name, naiveWhen(parsed, fields)] as const)
              .filter(([, when]) => when !== 0);
            expect(faults).toEqual([]);
            expect(hits.map((hit) => [hit.rule, hit.when])).toEqual(expected);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('are dispatched by the value’s type as well', () => {
    const ruleSet = ruleSetOf([ruleText('s:\n  ResultType|gte: 5\ncondition: s', { service: 'signinlogs' })]);
    const at = (errorCode: unknown) => ruleSet.detect(eventOf({ status: { errorCode } }, SIGN_INS.name)).hits.length;
    expect([at(5), at('5'), at('five'), at(true), at([5]), at(4), at(5)]).toEqual([1, 1, 0, 0, 1, 0, 1]);
  });

  it('survive a flood of odd values of the dispatch field', () => {
    const ruleSet = ruleSetOf([ruleText('s:\n  OperationName|startswith: odd\n  x: 1\ncondition: s')]);
    for (let index = 0; index < 25_000; index++) {
      const { hits } = ruleSet.detect(eventOf({ activityDisplayName: `odd ${index}`, x: index % 2 }));
      expect(hits.length).toBe(index % 2);
    }
  });
});
