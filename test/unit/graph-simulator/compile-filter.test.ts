import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileFilter } from '../../../local/graph-simulator/odata/compile-filter.ts';
import { EQUAL, EQUAL_OR_START, type FilterRules, TIME } from '../../../local/graph-simulator/odata/filter-rules.ts';
import { parseFilter } from '../../../local/graph-simulator/odata/parse-filter.ts';

const RULES: FilterRules = {
  properties: {
    at: TIME,
    later: { type: 'time', operators: ['gt', 'lt'] },
    name: EQUAL_OR_START,
    upn: { type: 'string', operators: ['eq', 'ne', 'in', 'endswith', 'contains'], ignoreCase: true },
    'status/code': { type: 'number', operators: ['eq', 'gt', 'le'] },
    enabled: { type: 'boolean', operators: ['eq'] },
    correlation: { type: 'guid', operators: ['eq'] },
  },
  collections: {
    types: { '': { type: 'string', operators: ['eq', 'ne'] } },
    targets: { id: EQUAL, name: EQUAL_OR_START },
  },
  mostAlternatives: 3,
};
const KEYS = { timeProperty: 'at', tagCollection: 'types' };
const RECORD = {
  at: '2026-09-01T07:15:02.5Z',
  later: '2026-09-01T09:00:00+02:00',
  name: 'Update user',
  upn: 'Dana@Example.org',
  status: { code: 50126 },
  enabled: true,
  correlation: '26BE570A-ae82-4189-b4e2-a37c6808512d',
  types: ['interactiveUser'],
  targets: [
    { id: 'a', name: 'Alpha' },
    { id: 'b', name: null },
  ],
};

const matches = (filter: string, record: unknown = RECORD) =>
  compileFilter(parseFilter(filter), RULES).matches?.(record) ?? true;

describe('a filter against a record', () => {
  it.each([
    ["name eq 'Update user'", true],
    ["name eq 'update user'", false],
    ["startswith(name, 'Update')", true],
    ["startswith(name, 'update')", false],
    ["upn eq 'dana@example.ORG'", true],
    ["upn ne 'dana@example.org'", false],
    ["upn in ('x', 'DANA@example.org')", true],
    ["endswith(upn, '@EXAMPLE.ORG')", true],
    ["contains(upn, 'na@')", true],
    ['status/code eq 50126', true],
    ['status/code gt 50126', false],
    ['status/code le 50126', true],
    ['enabled eq true', true],
    ['enabled eq false', false],
    ['correlation eq 26be570a-ae82-4189-b4e2-a37c6808512d', true],
    ["correlation eq '26be570a-ae82-4189-b4e2-a37c6808512d'", true],
    ['later gt 2026-09-01T06:59:59.9999999Z', true],
    ['later gt 2026-09-01T07:00:00Z', false],
    ['later lt 2026-09-01T07:00:00.0000001Z', true],
    ['at ge 2026-09-01T07:15:02.5000000Z', true],
    ['at ge 2026-09-01T07:15:02.5000001Z', false],
    ["types/any(t: t eq 'interactiveUser')", true],
    ["types/any(t: t ne 'interactiveUser')", false],
    ["targets/any(t: t/id eq 'a' and t/name eq 'Alpha')", true],
    ["targets/any(t: t/id eq 'b' and t/name eq 'Alpha')", false],
    ["name eq 'x' or (enabled eq true and status/code eq 50126)", true],
    ['name eq null', false],
  ])('%s', (filter, expected) => {
    expect(matches(filter)).toBe(expected);
  });

  it('a record without the property, or with one of another kind, does not match and does no harm', () => {
    for (const record of [{}, { status: null }, { status: 'x', upn: 7, types: 'x', targets: [null, 'x'] }, null, 'x']) {
      expect(matches("upn eq 'x' or status/code eq 1 or types/any(t: t eq 'x')", record)).toBe(false);
      expect(matches("targets/any(t: t/id eq 'a')", record)).toBe(false);
    }
    expect(matches("name eq 'toString'", {})).toBe(false);
  });
});

describe('what an endpoint does not document', () => {
  it.each([
    ["other eq 'x'", "the property 'other' cannot be filtered by"],
    ["constructor eq 'x'", "the property 'constructor' cannot be filtered by"],
    ["status/other eq 'x'", "the property 'status/other' cannot be filtered by"],
    ["targetResources/any(t: t/userPrincipalName eq 'x')", "'any' is not supported on 'targetResources'"],
    ["targets/any(t: t/userPrincipalName eq 'x')", "the property 'userPrincipalName' cannot be filtered by"],
    ["targets/any(t: name eq 'x')", "'name' is no range variable"],
    ['targets/any()', "'any' is not supported on 'targets'"],
    ["targets/all(t: t/id eq 'x')", "'all' is not supported"],
    ["not name eq 'x'", "the operator 'not' is not supported"],
    ["name ne 'x'", "the operator 'ne' is not supported on 'name'"],
    ["contains(name, 'x')", "the operator 'contains' is not supported on 'name'"],
    ['at gt 2026-09-01T00:00:00Z', "the operator 'gt' is not supported on 'at'"],
    ["at ge '2026-09-01T00:00:00Z'", "incompatible types was detected: the property 'at' is no string"],
    ['name eq 7', "the property 'name' is no number"],
    ["enabled eq 'true'", "the property 'enabled' is no string"],
    ["name eq 'a' or name eq 'b' or name eq 'c' or name eq 'd'", 'Too many child clauses'],
    ["upn in ('a', 'b', 'c', 'd')", 'Too many child clauses'],
  ])('%s', (filter, message) => {
    expect(() => compileFilter(parseFilter(filter), RULES)).toThrow(message);
    expect(() => compileFilter(parseFilter(filter), RULES)).toThrow(expect.objectContaining({ status: 400 }));
  });

  it("'or' where it is not documented", () => {
    expect(() => compileFilter(parseFilter("name eq 'a' or name eq 'b'"), { ...RULES, or: false })).toThrow(
      "the operator 'or' is not supported",
    );
  });
});

describe('what the log can find without reading records', () => {
  it.each([
    [
      'at ge 2026-09-01 and at le 2026-09-02',
      { from: '2026-09-01T00:00:00.0000000Z', to: '2026-09-02T00:00:00.0000000Z' },
      undefined,
      false,
    ],
    ['at ge 2026-09-01 and at ge 2026-09-03', { from: '2026-09-03T00:00:00.0000000Z' }, undefined, false],
    [
      'at eq 2026-09-01',
      { from: '2026-09-01T00:00:00.0000000Z', to: '2026-09-01T00:00:00.0000000Z' },
      undefined,
      false,
    ],
    ["at ge 2026-09-01 and name eq 'x'", { from: '2026-09-01T00:00:00.0000000Z' }, undefined, true],
    ["at ge 2026-09-01 or name eq 'x'", {}, undefined, true],
    ["types/any(t: t eq 'a' or t eq 'b')", {}, ['a', 'b'], false],
    ["types/any(t: t eq 'a') and types/any(t: t eq 'b')", {}, ['a'], true],
    ["types/any(t: t ne 'a')", {}, undefined, true],
    ["types/any(t: t eq 'a') or name eq 'x'", {}, undefined, true],
  ])('%s', (filter, window, tags, needsReading) => {
    const compiled = compileFilter(parseFilter(filter), RULES, KEYS);
    expect(compiled.window).toEqual(window);
    expect(compiled.tags).toEqual(tags);
    expect(compiled.matches !== undefined).toBe(needsReading);
  });

  it('says the same as reading every record', () => {
    const second = fc.integer({ min: 0, max: 9 }).map((n) => `2026-09-01T00:00:0${n}Z`);
    const term = fc.oneof(
      fc.tuple(fc.constantFrom('ge', 'le', 'eq'), second).map(([operator, at]) => `at ${operator} ${at}`),
      fc.constantFrom("types/any(t: t eq 'a')", "types/any(t: t eq 'a' or t eq 'b')", "name eq 'x'"),
    );
    const filter = fc.array(term, { minLength: 1, maxLength: 4 }).map((terms) => terms.join(' and '));
    const record = fc.record({
      at: second,
      types: fc.constantFrom(['a'], ['b'], ['c']),
      name: fc.constantFrom('x', 'y'),
    });
    fc.assert(
      fc.property(filter, record, (text, one) => {
        const { window, tags, matches: rest } = compileFilter(parseFilter(text), RULES, KEYS);
        const at = one.at.replace('Z', '.0000000Z');
        const found =
          (window.from === undefined || at >= window.from) &&
          (window.to === undefined || at <= window.to) &&
          (tags === undefined || tags.includes(String(one.types[0]))) &&
          (rest?.(one) ?? true);
        expect(found).toBe(matches(text, one));
      }),
    );
  });
});
