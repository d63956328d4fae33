/**
 * Settings: the keys of `SETTINGS` are the names of the app settings. Read on first use, never at import.
 * A bad value is a problem that names its key, never its value; the default stands in, so that whatever can work does.
 */
import { z } from 'zod';
import { ConfigError } from './errors.ts';
import { LANGUAGES } from './model/enrolled-person.ts';
import type { SourceName } from './model/log-event.ts';
import type { RuleMode } from './rules/schema.ts';
import { suggestion } from './rules/spelling.ts';

const text = z.string().trim().min(1);
const whole = (least: number, most: number) => z.coerce.number().int().min(least).max(most);
const onOff = z.enum(['on', 'off']).transform((value) => value === 'on');
const key = z
  .base64()
  .refine((value) => Buffer.from(value, 'base64').length >= 32, { error: 'needs 32 bytes, base64' });
const httpsUrl = z.url().refine(isSafeUrl, { error: 'must start with https:// (http:// only for this machine)' });
const phone = z.string().regex(/^\+[1-9]\d{6,14}$/, { error: 'needs international form, as +15550100' });
const guid = z.guid();
const languages = z
  .string()
  .transform((value) =>
    value
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  )
  .pipe(z.array(z.enum(LANGUAGES)));

/** Every setting but the rules': how it is read, and what it is for. `secret` values are masked wherever they are shown. */
export const SETTINGS = {
  POSTERN_MODE: entry(
    z.enum(['dry-run', 'live']).default('dry-run'),
    'dry-run: everything runs, nobody is told. live: people are told.',
  ),
  POSTERN_ORGANIZATION: entry(
    text.max(12).default('Postern'),
    'Short name of the organization as notices give it, at most 12 characters (one SMS segment).',
  ),
  POSTERN_DESK_PHONE: entry(phone.optional(), 'Number of the security desk, the same as on the safety card.'),
  POSTERN_DESK_EMAIL: entry(
    z.email().optional(),
    'Mail address of the security desk: Reply-To of notices, and where desk notices go.',
  ),
  POSTERN_DESK_WEBHOOK_URL: entry(
    httpsUrl.optional(),
    'Where desk notices are posted (Teams Workflows, Slack, a SIEM).',
  ),
  POSTERN_DESK_WEBHOOK_SECRET: secret(text.min(16).optional(), 'Key of the HMAC-SHA256 signature of desk notices.'),
  POSTERN_DESK_ACTIONS: entry(
    onOff.default(false),
    'on: the desk page may revoke sessions and require a new password (needs more permissions).',
  ),
  POSTERN_ANSWER_ADDRESS: entry(
    text.max(40).optional(),
    'Short address of the answer page as printed on the card, typed by hand: answer.example.org',
  ),
  POSTERN_TENANT_ID: entry(guid.optional(), 'The Entra tenant that is watched.'),
  POSTERN_CLOUD: entry(
    z.enum(['global', 'usgov', 'usgov-dod', 'china']).default('global'),
    'National cloud of the tenant.',
  ),
  POSTERN_GRAPH_URL: entry(
    httpsUrl.optional(),
    "Graph endpoint instead of the cloud's; only for a stand-in on this machine.",
  ),
  POSTERN_TOKEN_URL: entry(httpsUrl.optional(), 'Token endpoint of that stand-in.'),
  POSTERN_NOTIFICATION_URL: entry(
    httpsUrl.optional(),
    'Public address of graph-notifications. Default: https://WEBSITE_HOSTNAME/api/graph-notifications',
  ),
  POSTERN_TABLES_ENDPOINT: entry(
    httpsUrl.optional(),
    'Table endpoint of the data storage account, used with the managed identity.',
  ),
  POSTERN_TABLES_CONNECTION: secret(
    text.optional(),
    'Connection string of the tables instead; only for Azurite on this machine.',
  ),
  POSTERN_ENROLL_GROUP: entry(
    guid.optional(),
    'Object id of an Entra group whose members are all enrolled, and kept in step.',
  ),
  POSTERN_POLL_SCHEDULE: entry(text.default('0 * * * * *'), 'When logs are read, NCRONTAB with seconds.'),
  POSTERN_SOURCE_DIRECTORY_AUDITS: entry(onOff.default(true), 'Read directory audits.'),
  POSTERN_SOURCE_SIGN_INS: entry(onOff.default(true), 'Read sign-ins (Entra ID P1 or P2).'),
  POSTERN_SOURCE_RISK_DETECTIONS: entry(onOff.default(true), 'Read risk detections (Entra ID P1 or P2).'),
  POSTERN_SOURCE_PROVIDER_MAIL: entry(onOff.default(true), 'Read the message trace (Exchange Online).'),
  POSTERN_SOURCE_MAILBOX_ACTIVITY: entry(onOff.default(true), 'Read mailbox activity (Purview audit).'),
  POSTERN_SOURCE_AUTHENTICATION_METHODS: entry(
    onOff.default(true),
    'Read authentication methods, recovery fields and inbox rules of people with an open chain.',
  ),
  POSTERN_MAIL_SUBSCRIPTIONS: entry(
    onOff.default(false),
    'on: subscribe to mail metadata of mailboxes whose owner opted in (needs Mail.ReadBasic).',
  ),
  POSTERN_HASH_KEY: secret(
    key.optional(),
    'Key of the hashes that stand for recovery addresses: 32 bytes, base64. Changing it forgets them.',
  ),
  POSTERN_CARD_KEY: secret(
    key.optional(),
    'Key that safety cards are made from: 32 bytes, base64. Changing it voids all cards.',
  ),
  POSTERN_PROBE_BATCH_MINUTES: entry(
    whole(0, 1440).default(60),
    'Attempts are told in batches of about this length; 0 = at once.',
  ),
  POSTERN_DAILY_CAP: entry(whole(1, 50).default(3), 'Notices per person and day; break-ins are not counted.'),
  POSTERN_UNDELIVERED_MINUTES: entry(
    whole(5, 1440).default(30),
    'After so long without delivery the next channel is tried, then the desk.',
  ),
  POSTERN_SILENCE_MINUTES: entry(
    whole(10, 10080).default(120),
    'After so long without an answer the desk is asked to reach the person.',
  ),
  POSTERN_REPROVE_DAYS: entry(whole(30, 730).default(180), 'Channels must be proven again after so many days.'),
  POSTERN_DRAFT_LANGUAGES: entry(
    languages.default([]),
    'Languages whose catalogs no native speaker has signed off yet and that are used all the same: fa,ar',
  ),
  POSTERN_RETENTION_EVIDENCE_DAYS: entry(
    whole(1, 400).default(92),
    'How long hits are kept; less than the longest timespan of the rules (90 days) makes them blind.',
  ),
  POSTERN_RETENTION_FINDINGS_DAYS: entry(whole(1, 3650).default(180), 'How long findings are kept.'),
  POSTERN_RETENTION_LEDGER_DAYS: entry(
    whole(1, 3650).default(365),
    'How long the ledger of notices and the audit trail are kept.',
  ),
  POSTERN_ACS_ENDPOINT: entry(
    httpsUrl.optional(),
    'Endpoint of Azure Communication Services, used with the managed identity.',
  ),
  POSTERN_ACS_CONNECTION: secret(text.optional(), 'Connection string instead; only for a stand-in on this machine.'),
  POSTERN_ACS_EMAIL_SENDER: entry(z.email().optional(), 'Sender address of mail by Azure Communication Services.'),
  POSTERN_ACS_SMS_SENDER: entry(
    text.max(16).optional(),
    'Number or name that SMS by Azure Communication Services come from.',
  ),
  POSTERN_SMTP_URL: secret(
    z.url({ protocol: /^smtps?$/ }).optional(),
    'Mail relay, as smtps://user:password@relay.example.org:465',
  ),
  POSTERN_SMTP_SENDER: entry(z.email().optional(), 'Sender address of mail by the relay.'),
  POSTERN_TWILIO_ACCOUNT: entry(text.optional(), 'Twilio account SID.'),
  POSTERN_TWILIO_TOKEN: secret(text.optional(), 'Twilio auth token.'),
  POSTERN_TWILIO_SENDER: entry(
    text.max(40).optional(),
    'Number or messaging service SID that SMS by Twilio come from.',
  ),
  POSTERN_TWILIO_URL: entry(
    httpsUrl.optional(),
    'Twilio endpoint instead of the public one; only for a stand-in on this machine.',
  ),
  POSTERN_SMS_WEBHOOK_URL: entry(httpsUrl.optional(), 'A gateway that takes SMS as signed HTTPS posts.'),
  POSTERN_SMS_WEBHOOK_SECRET: secret(text.min(16).optional(), 'Key of the HMAC-SHA256 signature of these posts.'),
  POSTERN_OUTBOX_DIR: entry(
    text.optional(),
    'Folder that notices are written to as files, instead of sending: local use only.',
  ),
  POSTERN_EMAIL_PER_MINUTE: entry(whole(1, 100_000).default(30), 'Quota of the mail sender per minute.'),
  POSTERN_EMAIL_PER_HOUR: entry(whole(1, 1_000_000).default(100), 'Quota of the mail sender per hour.'),
  POSTERN_SMS_PER_MINUTE: entry(whole(1, 100_000).default(200), 'Quota of the SMS sender per minute.'),
  POSTERN_LOCAL_KEY: secret(
    text.min(16).optional(),
    'Key of the admin and desk routes on this machine. Of no use in Azure, where Entra ID says who may.',
  ),
  POSTERN_CLOCK_FILE: entry(text.optional(), 'A file that holds the time (epoch ms) of a replay: local use only.'),
} as const;

/** The name of a setting. */
export type SettingName = keyof typeof SETTINGS;
/** All settings, read. */
export type Settings = { readonly [Name in SettingName]: z.output<(typeof SETTINGS)[Name]['schema']> } & {
  /** From POSTERN_RULE_<NAME>: by rule name. */
  readonly ruleModes: Readonly<Record<string, RuleMode>>;
  /** From POSTERN_RULE_<NAME>__TIMESPAN (Sigma timespan, as 2h) and __THRESHOLD: by rule name. */
  readonly ruleValues: Readonly<Record<string, { readonly timespan?: string; readonly threshold?: number }>>;
};

/** Settings, and what is wrong with them. */
export interface ReadSettings {
  readonly settings: Settings;
  /** One sentence each, by key, without values. The watch runs on. */
  readonly problems: readonly { readonly key: string; readonly message: string }[];
}

const RULE = /^POSTERN_RULE_([A-Z0-9_]+?)(?:__(TIMESPAN|THRESHOLD))?$/;

/**
 * Reads all settings of an environment. `ruleNames`: to tell POSTERN_RULE_ names that fit no rule; left out, they are
 * not checked (the webhook does not load rules).
 */
export function readSettings(
  env: Readonly<Record<string, string | undefined>>,
  ruleNames?: readonly string[],
): ReadSettings {
  const problems: { key: string; message: string }[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, { schema }] of Object.entries(SETTINGS)) {
    const raw = env[name]?.trim();
    // What App Service hands over when it cannot read a secret. Never taken for the secret: everybody knows this text.
    if (raw?.startsWith('@Microsoft.KeyVault(')) {
      problems.push({
        key: name,
        message: 'the vault has no such secret, or the app may not read it; it counts as not set',
      });
      values[name] = schema.safeParse(undefined).data;
      continue;
    }
    const parsed = schema.safeParse(raw === '' ? undefined : raw);
    if (parsed.success) values[name] = parsed.data;
    else {
      problems.push({
        key: name,
        message: `${parsed.error.issues[0]?.message ?? 'is not valid'}; the default is used`,
      });
      values[name] = schema.safeParse(undefined).data;
    }
  }
  const rules = readRuleSettings(env, ruleNames, problems);
  for (const name of Object.keys(env)) {
    if (!name.startsWith('POSTERN_') || name in SETTINGS || RULE.test(name)) continue;
    problems.push({ key: name, message: `no setting has this name${suggestion(name, Object.keys(SETTINGS))}` });
  }
  return { settings: { ...values, ...rules } as Settings, problems };
}

function readRuleSettings(
  env: Readonly<Record<string, string | undefined>>,
  ruleNames: readonly string[] | undefined,
  problems: { key: string; message: string }[],
): Pick<Settings, 'ruleModes' | 'ruleValues'> {
  const byKey = new Map(ruleNames?.map((name) => [ruleKey(name), name]));
  const ruleModes: Record<string, RuleMode> = {};
  const ruleValues: Record<string, { timespan?: string; threshold?: number }> = {};
  for (const [name, raw] of Object.entries(env)) {
    const match = RULE.exec(name);
    if (!match?.[1] || raw === undefined) continue;
    const rule = ruleNames ? byKey.get(match[1]) : match[1].toLowerCase().replaceAll('_', '-');
    if (rule === undefined) {
      problems.push({ key: name, message: `no rule has this name${suggestion(match[1], byKey.keys())}` });
      continue;
    }
    const value = raw.trim();
    if (match[2] === undefined) {
      const mode = z.enum(['on', 'staged', 'off']).safeParse(value);
      if (mode.success) ruleModes[rule] = mode.data;
      else problems.push({ key: name, message: 'should be on, staged or off; the rule stays on' });
    } else if (match[2] === 'TIMESPAN') {
      if (/^\d+[smhdwMy]$/.test(value)) ruleValues[rule] = { ...ruleValues[rule], timespan: value };
      else
        problems.push({
          key: name,
          message: 'should be a number and a unit, as 90m, 12h or 7d; the rule keeps its own',
        });
    } else {
      const threshold = Number(value);
      if (value !== '' && Number.isFinite(threshold)) ruleValues[rule] = { ...ruleValues[rule], threshold };
      else problems.push({ key: name, message: 'should be a number; the rule keeps its own' });
    }
  }
  return { ruleModes, ruleValues };
}

/** The part of a setting's name that stands for a rule: `SSPR_PROBED` for `sspr-probed`. */
export function ruleKey(ruleName: string): string {
  return ruleName.toUpperCase().replace(/[^A-Z0-9]+/g, '_');
}

/** The values of settings without which a part cannot work. @throws ConfigError that names every missing one */
export function requireSettings<Name extends SettingName>(
  settings: Settings,
  names: readonly Name[],
): { readonly [N in Name]: NonNullable<Settings[N]> } {
  const missing = names.filter((name) => settings[name] === undefined);
  if (missing.length > 0) throw new ConfigError(missing.map((name) => `${name} is not set. ${SETTINGS[name].what}`));
  return Object.fromEntries(names.map((name) => [name, settings[name]])) as { [N in Name]: NonNullable<Settings[N]> };
}

/** Effective values as text for `postern config` and health: secrets masked. */
export function describeSettings(
  settings: Settings,
): { readonly key: string; readonly value: string; readonly what: string }[] {
  return Object.entries(SETTINGS).map(([name, { what, isSecret }]) => {
    const value = settings[name as SettingName];
    const shown = value === undefined ? '' : Array.isArray(value) ? value.join(',') : String(value);
    return { key: name, value: isSecret && shown !== '' ? '(set, not shown)' : shown, what };
  });
}

/** The setting that switches a source off. */
export function sourceSetting(source: SourceName): SettingName {
  return `POSTERN_SOURCE_${source.toUpperCase().replaceAll('-', '_')}` as SettingName;
}

function entry<Schema extends z.ZodType>(schema: Schema, what: string) {
  return { schema, what, isSecret: false } as const;
}

function secret<Schema extends z.ZodType>(schema: Schema, what: string) {
  return { schema, what, isSecret: true } as const;
}

function isSafeUrl(value: string): boolean {
  const url = URL.parse(value);
  return (
    url?.protocol === 'https:' ||
    (url?.protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname))
  );
}
