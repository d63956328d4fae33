/** Reports to test with: a small one with every feature, and one of the size of the reference campaign. */
import type { Finding, Outcome, Signal } from '../../../src/model/finding.ts';
import type { ScanReport } from '../../../src/report/scan-report.ts';

/** What an attacker could have named a device, an account or a file. */
export const HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>\u001b[31m\u202egnp.exe';

/** A signal at a time of 12 August 2025. */
export function signal(time: string, story: string, overrides: Partial<Signal> = {}): Signal {
  return {
    rule: 'recovery-options-shown',
    title: 'Recovery options shown',
    recordId: `00000000-0000-4000-8000-${time.replace(':', '').padStart(12, '0')}`,
    source: 'directory-audits',
    at: new Date(`2025-08-12T${time}:00Z`),
    person: 'ada@example.org',
    account: 'ada@example.org',
    story,
    ip: '192.0.2.7',
    network: '192.0.2.0/24',
    country: 'NL',
    client: 'windows/edge',
    flow: '11111111-1111-4111-8111-111111111111',
    ...overrides,
  };
}

/** A finding over the given evidence. */
export function finding(evidence: readonly Signal[], overrides: Partial<Finding> = {}): Finding {
  const [first] = evidence;
  return {
    id: 'aaaaaaaaaaaaaaaa',
    revision: 'bbbbbbbbbbbbbbbb',
    person: first?.person ?? 'ada@example.org',
    accounts: [first?.account ?? 'ada@example.org'],
    outcome: 'compromised',
    level: 'critical',
    chains: ['secondary-mailbox-then-reset'],
    first: first?.at ?? new Date(0),
    last: evidence.at(-1)?.at ?? new Date(0),
    evidence,
    attempts: 1,
    changes: [],
    techniques: ['T1078.004', 'T1098'],
    cut: false,
    ...overrides,
  };
}

/** The story of a takeover through a secondary mailbox. */
export function takeover(): Finding {
  return finding(
    [
      signal('09:14', 'the recovery options of the account were shown'),
      signal('09:15', 'a code by email was asked for'),
      signal('09:16', 'a code by email was asked for'),
      signal('09:17', 'a verification code arrived in the secondary mailbox', {
        source: 'provider-mail',
        account: 'ada.private@example.net',
      }),
      signal('09:20', 'the password was reset', { rule: 'reset-completed', title: 'Password reset completed' }),
      signal('10:05', 'somebody signed in from a new place', {
        source: 'sign-ins',
        rule: 'new-place',
        title: 'New place',
      }),
    ],
    {
      accounts: ['ada.private@example.net', 'ada@example.org'],
      changes: ['a phone number ending in nothing we keep was added'],
      campaign: 'cccccccccccccccc',
    },
  );
}

/** A report with one finding of each outcome, a campaign, blind and rejected rules and bad input. */
export function smallReport(): ScanReport {
  const attacked = finding(
    [
      signal('08:00', 'a code by sms was asked for', {
        person: 'bo@example.org',
        account: 'bo@example.org',
        ip: '192.0.2.9',
      }),
    ],
    {
      id: 'a2a2a2a2a2a2a2a2',
      outcome: 'attacked',
      level: 'high',
      chains: ['gate-tried'],
      campaign: 'cccccccccccccccc',
    },
  );
  const identified = finding(
    [signal('07:00', `the options were shown on ${HOSTILE}`, { person: HOSTILE, account: HOSTILE, client: HOSTILE })],
    {
      id: 'a3a3a3a3a3a3a3a3',
      outcome: 'identified',
      level: 'low',
      chains: ['probe'],
    },
  );
  return {
    findings: [identified, attacked, takeover()],
    campaigns: [
      {
        id: 'cccccccccccccccc',
        origins: ['network 192.0.2.0/24', 'the same recovery phone or address'],
        findings: ['a2a2a2a2a2a2a2a2', 'aaaaaaaaaaaaaaaa'],
        first: new Date('2025-08-12T08:00:00Z'),
        last: new Date('2025-08-12T10:05:00Z'),
        attempts: 2,
        identified: 2,
        attacked: 2,
        compromised: 1,
      },
    ],
    totals: { attempts: 3, identified: 3, attacked: 2, compromised: 1 },
    files: [
      {
        name: `exports/${HOSTILE}.json`,
        shapes: { 'graph json': 1200, 'azure monitor': 34 },
        records: 1240,
        passedOver: 3,
        ignored: { 'sign-in of a service principal': 12 },
        unreadable: 3,
        examples: [{ line: 17, unit: 'line', message: 'activityDateTime: not a date' }],
        problems: [{ message: 'the file ends in the middle of a record: export it again' }],
      },
    ],
    rules: [
      { name: 'probe', title: 'Probe', state: 'on', hits: 3 },
      {
        name: 'risk-then-info',
        title: 'Risk, then security info',
        state: 'blind',
        hits: 0,
        why: 'No record of risk detections was read. It needs: Entra ID P2.',
      },
      {
        name: 'broken',
        title: 'Broken',
        state: 'rejected',
        hits: 0,
        why: 'unknown modifier "contians": did you mean contains?',
      },
    ],
    faults: [{ rule: 'odd', message: 'a list where a text was expected', count: 2 }],
    from: new Date('2025-08-01T00:00:00Z'),
    to: new Date('2025-08-30T23:59:00Z'),
    records: 1240,
    ms: 1234,
  };
}

/** 2,700 findings of the reference campaign's proportions, without any chance. */
export function bigReport(): ScanReport {
  const findings = Array.from({ length: 2700 }, (_, index) => {
    const outcome: Outcome =
      index % 675 === 300 ? 'compromised' : index % 11 === 0 && index < 2607 ? 'attacked' : 'identified';
    return bigFinding(index, outcome);
  }).sort((a, b) => a.first.getTime() - b.first.getTime());
  const times = findings.map((one) => one.first.getTime());
  const origins = Array.from({ length: 40 }, (_, index) => `network 198.51.${index}.0/24`);
  const campaign = {
    id: 'dddddddddddddddd',
    origins,
    findings: findings.map(({ id }) => id),
    first: new Date(Math.min(...times)),
    last: new Date(Math.max(...times)),
    attempts: 2700,
    identified: 2700,
    attacked: 241,
    compromised: 4,
  };
  return {
    ...smallReport(),
    findings: findings.map((one) => ({ ...one, campaign: campaign.id })),
    campaigns: [campaign],
    totals: { attempts: 2700, identified: 2700, attacked: 241, compromised: 4 },
  };
}

const STEPS = [
  'somebody gave the name of the account on the reset page',
  'the recovery options of the account were shown',
  'a code by sms was asked for',
  'a code was typed in wrongly',
  'a code by sms was asked for',
  'the code was accepted',
  'the password was reset',
  'somebody signed in from a new place',
  'the phone number for sign-in was changed',
];

function bigFinding(index: number, outcome: Outcome): Finding {
  const start = Date.parse('2025-08-01T00:00:00Z') + ((index * 7919) % 43_200) * 60_000;
  const person = `${['ada', 'bo', 'chidi', 'dana', 'eve'][index % 5]}.${index}@example.org`;
  const steps = { identified: 2, attacked: 5, compromised: STEPS.length }[outcome];
  const evidence = STEPS.slice(0, steps).map((story, step) =>
    signal('00:00', story, {
      person,
      account: person,
      recordId: `record-${index}-${step}`,
      at: new Date(start + step * (step > 6 ? 700_000 : 47_000)),
      ip: `198.51.100.${index % 250}`,
      flow: `flow-${index}`,
      country: index % 3 === 0 ? 'RO' : 'NL',
      source: step === 7 ? 'sign-ins' : 'directory-audits',
    }),
  );
  return finding(evidence, {
    id: index.toString(16).padStart(16, '0'),
    outcome,
    level: { identified: 'low', attacked: 'high', compromised: 'critical' }[outcome] as Finding['level'],
    changes:
      outcome === 'compromised' ? ['the phone number for sign-in was changed', 'all other methods were removed'] : [],
  });
}
