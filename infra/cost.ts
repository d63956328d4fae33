/**
 * What an installation costs per month, as a model: loads and prices are parameters, the arithmetic is here.
 * `npx node infra/cost.ts [PEOPLE…]` prints the tables of docs/cost.md; a test keeps the two equal.
 */

/** List prices in USD, region East US. Each one is to be checked in the Azure pricing calculator before it is relied on. */
export const PRICES = {
  /** Flex Consumption on demand: per GB-second and per execution, beyond the monthly grants. */
  onDemandGbSecond: 26e-6,
  onDemandExecution: 0.4e-6,
  grantedGbSeconds: 100_000,
  grantedExecutions: 250_000,
  /** Flex Consumption, always-ready instances while idle. */
  alwaysReadyGbSecond: 4e-6,
  /** Service Bus Standard: base with 13 million operations, then per operation up to 100 million. */
  serviceBusBase: 9.81,
  serviceBusIncluded: 13e6,
  serviceBusOperation: 0.8e-6,
  /** Service Bus Premium, one messaging unit: only with privateNetworking = all. */
  serviceBusPremium: 677,
  tableTransaction: 0.036e-6,
  tableGb: 0.045,
  /** Leases, keys and triggers of the Functions host: what small apps are seen to pay. */
  hostStorage: 1.5,
  logGb: 2.3,
  grantedLogGb: 5,
  /** A log search alert that runs every 15 minutes or more rarely; a metric alert. */
  logAlert: 0.5,
  metricAlert: 0.1,
  vaultOperation: 3e-6,
  mail: 0.00025,
  privateEndpoint: 7.3,
  privateDnsZone: 0.5,
} as const;

/** What happens per month, per person or in the tenant. Assumptions: replace them by what your workbook shows. */
export const LOADS = {
  /** Users in the tenant for each enrolled person: logs are read tenant-wide and filtered here. */
  tenantUsersPerPerson: 10,
  signInsPerUserAndDay: 6,
  auditsPerUserAndDay: 0.7,
  /** Share of records that are read again by the wider windows. */
  rereadFactor: 1.6,
  recordsPerPage: 1000,
  /** Mails of watched senders to an enrolled mailbox. */
  providerMailsPerPersonAndDay: 0.3,
  /** Rule hits on enrolled people; each costs a read and a write of their window. */
  hitsPerPersonAndDay: 0.5,
  findingsPerPersonAndMonth: 0.06,
  noticesPerFinding: 2,
  secondsPerMonth: 2_592_000,
  /** Runs per month of poll-logs, watch, renew-subscriptions and prune. */
  polls: 43_200,
  otherTimerRuns: 8_640 + 2_880 + 30,
  secondsPerPoll: 1.5,
  secondsPerRun: 1,
  /** Bytes of telemetry of one execution: request, about eight trace lines, metrics. */
  bytesPerExecution: 9_000,
  /** Bytes of the audit log of one table transaction. */
  bytesPerTransaction: 1_000,
  bytesPerPerson: 3_000,
  rowsPerPersonAndMonth: 60,
  /** Log alert rules of infra/bicep/modules/alerts.bicep. */
  logAlerts: 10,
} as const;

/** What can be chosen and changes the cost. Defaults are those of main.bicep. */
export interface CostOptions {
  readonly people: number;
  /** Always-ready instances, all groups together. */
  readonly alwaysReady?: number;
  readonly memoryGb?: number;
  readonly privateNetworking?: 'off' | 'storageAndVault' | 'all';
}

/** Load and cost of a month. */
export interface Cost {
  readonly load: {
    readonly executions: number;
    readonly gbSeconds: number;
    readonly tableTransactions: number;
    readonly serviceBusOperations: number;
    readonly graphCalls: number;
    /** Share of the tenant's quota on audit logs and sign-ins (5 requests per 10 seconds), 0 to 1. */
    readonly reportsQuota: number;
    readonly logGb: number;
    readonly notices: number;
  };
  /** USD per month, by part. */
  readonly parts: Readonly<Record<string, number>>;
  readonly total: number;
}

const DAYS = 30;
/** Requests per month that the reports quota allows. */
const REPORTS_QUOTA = (5 / 10) * LOADS.secondsPerMonth;
/** Private endpoints and DNS zones of infra/bicep/main.bicep. */
const ENDPOINTS = { off: [0, 0], storageAndVault: [5, 4], all: [6, 5] } as const;

/** The model. */
export function costOf({ people, alwaysReady = 3, memoryGb = 0.5, privateNetworking = 'off' }: CostOptions): Cost {
  const load = loadOf(people, memoryGb);
  const [endpoints, zones] = ENDPOINTS[privateNetworking];
  const parts = {
    'always-ready instances': alwaysReady * memoryGb * LOADS.secondsPerMonth * PRICES.alwaysReadyGbSecond,
    'executions on demand':
      beyond(load.gbSeconds, PRICES.grantedGbSeconds) * PRICES.onDemandGbSecond +
      beyond(load.executions, PRICES.grantedExecutions) * PRICES.onDemandExecution,
    'Service Bus':
      privateNetworking === 'all'
        ? PRICES.serviceBusPremium
        : PRICES.serviceBusBase +
          beyond(load.serviceBusOperations, PRICES.serviceBusIncluded) * PRICES.serviceBusOperation,
    'host storage': PRICES.hostStorage,
    tables: load.tableTransactions * PRICES.tableTransaction + ((people * LOADS.bytesPerPerson) / 1e9) * PRICES.tableGb,
    'log data': beyond(load.logGb, PRICES.grantedLogGb) * PRICES.logGb,
    'alert rules': LOADS.logAlerts * PRICES.logAlert + PRICES.metricAlert,
    'key vault': DAYS * 24 * alwaysReady * 2 * PRICES.vaultOperation,
    'mail to people': load.notices * PRICES.mail,
    'private endpoints': endpoints * PRICES.privateEndpoint + zones * PRICES.privateDnsZone,
  };
  return { load, parts, total: Object.values(parts).reduce((sum, part) => sum + part, 0) };
}

function loadOf(people: number, memoryGb: number): Cost['load'] {
  const users = people * LOADS.tenantUsersPerPerson;
  const records = users * (LOADS.signInsPerUserAndDay + LOADS.auditsPerUserAndDay) * DAYS;
  const pages = 3 * LOADS.polls + (records * LOADS.rereadFactor) / LOADS.recordsPerPage;
  const mails = people * LOADS.providerMailsPerPersonAndDay * DAYS;
  const hits = people * LOADS.hitsPerPersonAndDay * DAYS;
  const notices = people * LOADS.findingsPerPersonAndMonth * LOADS.noticesPerFinding;
  const hints = mails + people * 2;
  const executions = LOADS.polls + LOADS.otherTimerRuns + hints / 5 + hits / 5 + notices * 2;
  const secondsPerPoll = Math.max(LOADS.secondsPerPoll, (pages / LOADS.polls) * 0.8);
  const gbSeconds = memoryGb * (LOADS.polls * secondsPerPoll + (executions - LOADS.polls) * LOADS.secondsPerRun);
  const tableTransactions =
    2 * hits + LOADS.rowsPerPersonAndMonth * people + 6 * LOADS.polls + 6 * LOADS.otherTimerRuns;
  return {
    executions,
    gbSeconds,
    tableTransactions,
    serviceBusOperations: 2 * (hints + Math.min(hits, LOADS.polls) + notices) + LOADS.otherTimerRuns * 12,
    graphCalls: pages + hints / 5 + hits * 0.2,
    reportsQuota: pages / REPORTS_QUOTA,
    logGb: (executions * LOADS.bytesPerExecution + tableTransactions * LOADS.bytesPerTransaction) / 1e9,
    notices,
  };
}

function beyond(amount: number, free: number): number {
  return Math.max(0, amount - free);
}

/** Cost table in Markdown: parts in rows, sizes in columns, USD per month. */
export function costTable(sizes: readonly number[]): string {
  const costs = sizes.map((people) => costOf({ people }));
  const [first] = costs;
  const names = Object.keys(first?.parts ?? {}).filter((name) => costs.some(({ parts }) => (parts[name] ?? 0) > 0));
  return [
    `| USD per month | ${sizes.map((people) => `${amount(people)} people`).join(' | ')} |`,
    `|---|${sizes.map(() => '---:|').join('')}`,
    ...names.map((name) => `| ${name} | ${costs.map(({ parts }) => usd(parts[name] ?? 0)).join(' | ')} |`),
    `| **together** | ${costs.map(({ total }) => `**${usd(total)}**`).join(' | ')} |`,
  ].join('\n');
}

/** Load table in Markdown: what the cost is made of. */
export function loadTable(sizes: readonly number[]): string {
  const loads = sizes.map((people) => costOf({ people }).load);
  const row = (title: string, of: (load: Cost['load']) => string) => `| ${title} | ${loads.map(of).join(' | ')} |`;
  return [
    `| per month | ${sizes.map((people) => `${amount(people)} people`).join(' | ')} |`,
    `|---|${sizes.map(() => '---:|').join('')}`,
    row('executions', ({ executions }) => amount(executions)),
    row('GB-seconds', ({ gbSeconds }) => amount(gbSeconds)),
    row('Graph calls', ({ graphCalls }) => amount(graphCalls)),
    row('share of the quota on logs', ({ reportsQuota }) => `${Math.round(reportsQuota * 100)} %`),
    row('table transactions', ({ tableTransactions }) => amount(tableTransactions)),
    row('Service Bus operations', ({ serviceBusOperations }) => amount(serviceBusOperations)),
    row('log data', ({ logGb }) => `${logGb.toFixed(1)} GB`),
    row('notices by mail', ({ notices }) => amount(notices)),
  ].join('\n');
}

/** What choices cost, for 1,000 people. */
export function choiceTable(): string {
  const base = costOf({ people: 1000 }).total;
  const row = (what: string, options: Omit<CostOptions, 'people'>) => {
    const { total } = costOf({ people: 1000, ...options });
    const difference = total - base;
    return `| ${what} | ${usd(total)} | ${difference < 0 ? '-' : '+'}${usd(Math.abs(difference))} |`;
  };
  return [
    '| choice | USD per month | difference |',
    '|---|---:|---:|',
    row('as deployed by default', {}),
    row('one always-ready instance, for HTTP only', { alwaysReady: 1 }),
    row('none: notifications of Graph may get lost, the first notice is minutes late', { alwaysReady: 0 }),
    row('zone-redundant: two of each always-ready instance', { alwaysReady: 6 }),
    row('`privateNetworking = storageAndVault`', { privateNetworking: 'storageAndVault' }),
    row('`privateNetworking = all`', { privateNetworking: 'all' }),
  ].join('\n');
}

function amount(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)} M`;
  return value >= 1e5 ? `${Math.round(value / 1e3)} k` : Math.round(value).toLocaleString('en-US');
}

function usd(value: number): string {
  return value.toFixed(2);
}

if (import.meta.main) {
  const given = process.argv.slice(2).map(Number);
  const sizes = given.length > 0 ? given : [100, 1000, 10_000];
  if (sizes.some((size) => !Number.isInteger(size) || size < 1)) {
    console.error('npx node infra/cost.ts [PEOPLE…], as: npx node infra/cost.ts 250');
    process.exitCode = 2;
  } else console.log([costTable(sizes), loadTable(sizes), choiceTable()].join('\n\n'));
}
