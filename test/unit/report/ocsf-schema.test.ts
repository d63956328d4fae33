import { isIP } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ocsfLines } from '../../../src/report/ocsf.ts';
import { redact } from '../../../src/report/redact.ts';
import schema from '../../fixtures/ocsf-1.8.0.json' with { type: 'json' };
import { bigReport, smallReport } from './sample-report.ts';

interface ObjectSchema {
  readonly attributes: string;
  readonly required: string;
  readonly atLeastOne?: string;
  readonly enums?: Readonly<Record<string, string | undefined>>;
}

const OBJECTS: Readonly<Record<string, ObjectSchema | undefined>> = schema.objects;
const words = (text = '') => text.split(' ').filter((word) => word !== '');

/** What is wrong with a value of an object type, as `path: what`. */
function problemsOf(value: unknown, type: string, path: string): string[] {
  const object = OBJECTS[type];
  if (!object || typeof value !== 'object' || value === null) return [`${path}: no ${type}`];
  const types = new Map(words(object.attributes).map((entry) => entry.split(':') as [string, string]));
  const there = Object.keys(value);
  const oneOf = words(object.atLeastOne);
  return [
    ...words(object.required).flatMap((name) => (there.includes(name) ? [] : [`${path}: lacks ${name}`])),
    ...(oneOf.length > 0 && !oneOf.some((name) => there.includes(name)) ? [`${path}: none of ${oneOf}`] : []),
    ...Object.entries(value).flatMap(([name, member]) => {
      const at = `${path}.${name}`;
      const known = types.get(name);
      if (known === undefined) return [`${at}: not in the schema`];
      const allowed = object.enums?.[name];
      if (allowed !== undefined && !words(allowed).includes(String(member))) return [`${at}: not one of ${allowed}`];
      return problemsOfType(member, known, at);
    }),
  ];
}

function problemsOfType(value: unknown, type: string, path: string): string[] {
  if (type.endsWith('[]')) {
    if (!Array.isArray(value)) return [`${path}: no list`];
    return value.flatMap((entry, index) => problemsOfType(entry, type.slice(0, -2), `${path}[${index}]`));
  }
  const isRight: Readonly<Record<string, (value: unknown) => boolean>> = {
    integer_t: Number.isInteger,
    long_t: Number.isInteger,
    timestamp_t: (time) => Number.isInteger(time) && Number(time) > 0,
    boolean_t: (flag) => typeof flag === 'boolean',
    ip_t: (ip) => typeof ip === 'string' && isIP(ip) > 0,
    json_t: (json) => typeof json === 'object',
    object: (json) => typeof json === 'object',
  };
  const check = isRight[type] ?? (type.endsWith('_t') ? (text: unknown) => typeof text === 'string' : undefined);
  if (!check) return problemsOf(value, type, path);
  return check(value) ? [] : [`${path}: no ${type}`];
}

describe('OCSF', () => {
  it.each([
    ['small', smallReport()],
    ['big', bigReport()],
    ['redacted', redact(smallReport())],
  ])('of the %s report holds to the schema', (_, report) => {
    const lines = [...ocsfLines(report, { now: new Date('2025-09-01T10:00:00Z'), version: '1.2.3' })];
    expect(lines.length).toBe(report.findings.length);
    const problems = lines.flatMap((line) => problemsOf(JSON.parse(line), 'detection_finding', 'finding'));
    expect([...new Set(problems)]).toEqual([]);
  });

  it('would be told what is wrong', () => {
    const broken = { class_uid: 2004, severity_id: 77, tiem: 1, evidences: [{ src_endpoint: { ip: 'address-1' } }] };
    expect(problemsOf(broken, 'detection_finding', 'finding')).toEqual([
      ...['activity_id', 'category_uid', 'metadata', 'time', 'type_uid', 'finding_info'].map(
        (name) => `finding: lacks ${name}`,
      ),
      'finding.severity_id: not one of 0 1 2 3 4 5 6 99',
      'finding.tiem: not in the schema',
      'finding.evidences[0].src_endpoint.ip: no ip_t',
    ]);
  });
});
