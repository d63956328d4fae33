import { expect, it } from 'vitest';
import { loadCaseBench } from '../../../cli/test-rules.ts';
import type { RawCaseRecord } from '../../../src/rules/case-records.ts';
import { type CaseResult, runCase } from '../../../src/rules/cases.ts';

// Every case of every rule once more, with its records written as other exporters and other days write them.

const { runner, folders } = await loadCaseBench();
const cases = folders.flatMap(({ rule, cases: own }) => own.map((testCase) => ({ rule, testCase })));

/** The record with every text changed that `change` gives another text for. */
function rewrite(record: RawCaseRecord, change: (value: string, name: string) => string): RawCaseRecord {
  const walk = (value: unknown, name: string): unknown => {
    if (typeof value === 'string') return change(value, name);
    if (Array.isArray(value)) return value.map((element) => walk(element, name));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, walk(member, key)]));
  };
  return walk(record, '') as RawCaseRecord;
}

const isAddress = (value: string) => /^[^@\s"<>]+@[^@\s"<>]+$/.test(value);
const isGuid = (value: string) => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value);
const isIp = (name: string, value: string) => ['ipAddress', 'clientIp'].includes(name) && value !== '';

const WRITINGS: Readonly<Record<string, (value: string, name: string) => string>> = {
  'account names in capitals': (value) => (isAddress(value) ? value.toUpperCase() : value),
  'ids of accounts and devices in capitals': (value, name) =>
    isGuid(value) && ['userId', 'deviceId'].includes(name) ? value.toUpperCase() : value,
  'addresses with a port': (value, name) =>
    isIp(name, value) ? (value.includes(':') ? `[${value}]:4711` : `${value}:4711`) : value,
  'IPv4 addresses mapped, IPv6 in capitals': (value, name) =>
    isIp(name, value) ? (value.includes(':') ? value.toUpperCase() : `::ffff:${value}`) : value,
  'activities and reasons with a blank or a dot at the end': (value, name) =>
    name === 'activityDisplayName' ? `${value} ` : name === 'resultReason' && value !== '' ? `${value}.` : value,
  'instants with seven digits': (value, name) =>
    /DateTime$/.test(name) && /\.\d{3}Z$/.test(value) ? value.replace(/Z$/, '0000Z') : value,
};

const essence = ({ chains, signals, findings, problems }: CaseResult) => ({
  chains,
  signals,
  problems,
  outcomes: findings.map(({ person, outcome, first, changes }) => [person, outcome, first, changes]),
});
const expected = cases.map(({ testCase }) => essence(runCase(testCase, runner)));

// Three at a time: none touches what another one of the three does.
const [first = [], second = []] = [0, 1].map((part) => Object.entries(WRITINGS).filter((_, at) => at % 2 === part));

it.each([first, second].map((some) => [some.map(([name]) => name).join('; '), some] as const))('%s', (_, some) => {
  let changed = 0;
  for (const [index, { rule, testCase }] of cases.entries()) {
    const result = runCase(testCase, runner, (records) =>
      records.map((record) =>
        rewrite(record, (value, name) => {
          const other = some.reduce((text, [, change]) => change(text, name), value);
          if (other !== value) changed++;
          return other;
        }),
      ),
    );
    expect(essence(result), `${rule}: ${testCase.name}`).toEqual(expected[index]);
  }
  expect(changed).toBeGreaterThan(5000);
});
