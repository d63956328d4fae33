import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadCaseBench } from '../../../../cli/test-rules.ts';
import { loadContent } from '../../../../src/content.ts';
import { createIngest, type Ingest } from '../../../../src/ingest.ts';
import type { Person } from '../../../../src/model/person.ts';
import { recordsOf } from '../../../../src/rules/case-records.ts';
import { createCorrelator } from '../../../../src/rules/correlate.ts';
import { createPrefilter } from '../../../../src/rules/prefilter.ts';
import { createWatch, type Watch } from '../../../../src/watch.ts';
import { anySpelling, type Spelling, spell } from './spelling.ts';

type Fields = Record<string, unknown>;

const content = await loadContent();
const { runner, folders } = await loadCaseBench();

/** A watch over Postern's rules, or over these alone. */
function watchOf(rules?: string): Watch {
  const only = rules === undefined ? content : { ...content, rules: [{ path: 'own.yml', text: rules }] };
  return createWatch({ content: only, hashKey: Buffer.alloc(32, 1) });
}

const postern = watchOf();
const NOW = new Date('2026-06-01T00:00:00Z');
const vip: Person = { id: 'vip', accounts: [{ upn: 'dana@example.org' }], recoveryAddresses: [], sensitive: true };
const enrollment = ({ upn }: { upn?: string }) => (upn === 'dana@example.org' ? vip : undefined);

/** What comes of lines, and how many were not even parsed. */
function conclude(lines: readonly string[], watch: Watch, isFiltered: boolean) {
  const correlator = createCorrelator(watch.ruleSet);
  const ingest: Ingest = createIngest({ ...watch, correlator, enrollment });
  const prefilter = createPrefilter(watch.ruleSet, { sources: watch.sources, quietFrom: ingest.quietFrom });
  let passed = 0;
  for (const line of lines) {
    const bytes = Buffer.from(`\n${line}\n`);
    if (isFiltered && !prefilter.mayMatch(bytes, 1, bytes.length - 1)) passed++;
    else ingest.take(JSON.parse(line) as Fields);
  }
  const { hitsOf, ...rest } = ingest.conclude(NOW);
  return { passed, conclusions: { ...rest, hits: [...hitsOf].sort() } };
}

const START = Date.UTC(2026, 1, 1);
const at = (hours: number) => new Date(START + hours * 3600_000).toISOString();

/** A sign-in in Graph's order of members. */
function signIn(
  index: number,
  { user = 'dana', ip = '198.51.100.20', device = 'laptop', code = 0, ...more } = {},
): Fields {
  return {
    id: `s${index}`,
    createdDateTime: at(index * 6),
    userDisplayName: 'Dana D.',
    userPrincipalName: `${user}@example.org`,
    userId: `id-${user}`,
    ipAddress: ip,
    clientAppUsed: 'Browser',
    userAgent: 'Mozilla/5.0 (Windows NT 10.0)',
    isInteractive: true,
    riskState: 'none',
    status: { errorCode: code, failureReason: 'Other.', additionalDetails: null },
    deviceDetail: { deviceId: device, displayName: '{x}' },
    location: { countryOrRegion: 'US' },
    ...more,
  };
}

/** A directory audit in Graph's order of members. */
function audit(
  index: number,
  activity: string,
  { ip = '198.51.100.20', property = 'Department', ...more } = {},
): Fields {
  const dana = { id: 'id-dana', displayName: 'Dana', userPrincipalName: 'dana@example.org' };
  return {
    id: `a${index}`,
    category: 'UserManagement',
    correlationId: `c${index}`,
    result: 'success',
    resultReason: '',
    activityDisplayName: activity,
    activityDateTime: at(index * 6),
    loggedByService: 'Core Directory',
    operationType: 'Update',
    initiatedBy: { app: null, user: { ...dana, ipAddress: ip } },
    targetResources: [
      { ...dana, type: 'User', modifiedProperties: [{ displayName: property, oldValue: '["1"]', newValue: '["2"]' }] },
    ],
    additionalDetails: [],
    ...more,
  };
}

const plain: Spelling = { shuffled: false, spaced: false, escaped: false, seed: 0 };
const month = Array.from({ length: 40 }, (_, index) => signIn(index));

describe('what is passed over', () => {
  const passes = (record: Fields, spelling = plain, before: readonly Fields[] = month) => {
    const lines = [...before, record].map((each) => spell(each, plain));
    const [last, rest] = [spell(record, spelling), lines.slice(0, -1)];
    return conclude([...rest, last], postern, true).passed > conclude(rest, postern, true).passed;
  };

  it.each<[string, boolean, Fields, Spelling?]>([
    ['a sign-in from a familiar place', true, signIn(100)],
    ['a failed one', true, signIn(100, { code: 50126 })],
    ['an interrupted one', true, signIn(100, { code: 50140 })],
    ['a lockout, wherever it comes from', false, signIn(100, { code: 50053 })],
    ['a familiar device on a new network: the network is learned', false, signIn(100, { ip: '203.0.113.66' })],
    ['a familiar network with a new device: the device is learned', false, signIn(100, { device: 'phone' })],
    ['an address on an indicator list', false, signIn(100, { ip: '2001:db8:bad::66' })],
    ['an account under a new name', false, signIn(100, { user: 'dana.new', userId: 'id-dana' } as Fields)],
    ['the first day', false, signIn(-1)],
    ['joining a group', true, audit(100, 'Add member to group')],
    ['joining a group from a listed address', false, audit(100, 'Add member to group', { ip: '2001:db8:bad::66' })],
    ['an update of a department', true, audit(100, 'Update user')],
    ['an update of a phone', false, audit(100, 'Update user', { property: 'StrongAuthenticationUserDetails' })],
    ['an update of a phone, in other letters', false, audit(100, 'Update user', { property: ' mobile ' })],
    [
      'an update by an application',
      true,
      audit(100, 'Update user', { initiatedBy: { user: null, app: {} } } as Fields),
    ],
    ['a reset', false, audit(100, 'Reset password (self-service)')],
    ['a reset that failed', false, audit(100, 'Reset password (self-service)', { result: 'failure' } as Fields)],
    ['an activity with a dot behind it', true, audit(100, 'Add member to group.')],
    ['a time that is none', false, signIn(100, { createdDateTime: '9999-12-31T00:00:00Z' } as Fields)],
    ['odd spacing', false, signIn(100), { ...plain, spaced: true, seed: 3 }],
    ['another order', false, signIn(100), { ...plain, shuffled: true, seed: 4 }],
    ['an escape in an address', false, signIn(100, { ip: '198.51\u002e100.20\n' })],
  ])('%s: %s', (_, expected, record, spelling) => expect(passes(record, spelling)).toBe(expected));

  it('nothing of a log whose rules ask for everything', () => {
    const watch = watchOf(`
title: anything
logsource: { product: azure, service: signinlogs }
detection:
  keywords: [evil]
  condition: keywords
`);
    expect(
      conclude(
        month.map((record) => spell(record, plain)),
        watch,
        true,
      ).passed,
    ).toBe(0);
  });

  it('without rules about places: every account after its first sign-in, from wherever', () => {
    const watch = watchOf(`
title: single factor
logsource: { product: azure, service: signinlogs }
detection:
  selection: { ResultType: 0, riskState: atRisk }
  condition: selection
`);
    const lines = month.map((record, index) => spell({ ...record, ipAddress: `192.0.2.${index % 2}` }, plain));
    const risky = spell({ ...signIn(50), riskState: 'atRisk' }, plain);
    const { passed, conclusions } = conclude([...lines, risky], watch, true);
    expect(passed).toBe(month.length - 1);
    expect(conclusions.hits).toEqual([['single-factor', 1]]);
  });
});

describe('findings are the same with and without it', () => {
  const caseRecords = folders.flatMap(({ cases }) =>
    cases.map(({ records }) =>
      records.flatMap((record, index) => recordsOf(record, index, runner.samples) as Fields[]),
    ),
  );
  const anyCase = fc.constantFrom(...caseRecords);
  const changes = fc.oneof(
    { weight: 4, arbitrary: fc.constant({}) },
    {
      weight: 1,
      arbitrary: fc.dictionary(
        fc.constantFrom(
          'userType',
          'result',
          'resultReason',
          'isInteractive',
          'riskState',
          'userId',
          'clientAppUsed',
          'id',
        ),
        fc.oneof(
          fc.constantFrom('', null, 'Guest', 'atRisk', 'failure', false, '{', '"', 'x "', 0),
          fc.object({ maxDepth: 1 }),
        ),
        { maxKeys: 2 },
      ),
    },
  );
  const background = fc.oneof(
    fc
      .record({
        index: fc.integer({ min: 0, max: 140 }),
        user: fc.constantFrom('dana', 'eli'),
        ip: fc.constantFrom('198.51.100.20', '198.51.100.20', '192.0.2.40', '203.0.113.66', '2001:db8:bad::66', ''),
        device: fc.constantFrom('laptop', 'laptop', 'phone', ''),
        code: fc.constantFrom(0, 0, 0, 50126, 50053, 50076, 500121, 50140),
      })
      .map(({ index, ...of }) => signIn(index, of)),
    fc
      .tuple(
        fc.integer({ min: 0, max: 140 }),
        fc.constantFrom(
          'Update user',
          'Add member to group',
          'Update device',
          'Reset user password',
          'Add registered owner to device',
        ),
        fc.constantFrom('Department', 'Mobile', 'StrongAuthenticationMethod', 'x'),
      )
      .map(([index, activity, property]) => audit(index, activity, { property })),
  );
  const line = (record: fc.Arbitrary<Fields>) =>
    fc
      .tuple(record, changes, anySpelling)
      .map(([fields, change, spelling]) => spell({ ...fields, ...change }, spelling));
  const lines = fc
    .tuple(fc.array(line(background), { minLength: 30, maxLength: 120 }), fc.array(anyCase, { maxLength: 4 }), fc.nat())
    .chain(([ordinary, cases]) =>
      fc.tuple(fc.constant(ordinary), ...cases.flat().map((record) => line(fc.constant(record)))),
    )
    .map(([ordinary, ...telling]) => [...ordinary, ...telling])
    .chain((all) => fc.shuffledSubarray(all, { minLength: all.length }));

  it('for records of the rule cases among ordinary ones, however they are written', () => {
    let passed = 0;
    let findings = 0;
    fc.assert(
      fc.property(lines, (all) => {
        const filtered = conclude(all, postern, true);
        expect(filtered.conclusions).toEqual(conclude(all, postern, false).conclusions);
        passed += filtered.passed;
        findings += filtered.conclusions.findings.length;
      }),
      { numRuns: 25 },
    );
    expect(passed).toBeGreaterThan(100);
    expect(findings).toBeGreaterThan(10);
  }, 30_000);
});
