/** What an admin of the simulated tenant has granted, bought and switched on. All of it can change while it runs. */
import { z } from 'zod';

/** Every application permission that some endpoint here asks for and Postern may use. */
export const ALL_PERMISSIONS = [
  'Application.Read.All',
  'AuditLog.Read.All',
  'AuditLogsQuery-Exchange.Read.All',
  'ExchangeMessageTrace.Read.All',
  'GroupMember.Read.All',
  'IdentityRiskEvent.Read.All',
  'Mail.ReadBasic',
  'MailboxSettings.Read',
  'Organization.Read.All',
  'User.Read.All',
  'User.RevokeSessions.All',
  'User-PasswordProfile.ReadWrite.All',
  'UserAuthenticationMethod.Read.All',
] as const;

/** A failure to be answered instead of the real thing. */
const fault = z.strictObject({
  /** Beginning of the path behind the version, for example `/auditLogs/signIns`; case does not matter. */
  path: z.string(),
  status: z.int().min(400).max(599),
  /** How many calls fail; they are counted down. */
  times: z.int().min(1),
  retryAfterSeconds: z.int().min(0).optional(),
});

/** Settings of the tenant. */
export const settingsSchema = z.strictObject({
  /** Application permissions granted to the one application. */
  permissions: z.array(z.string()).readonly(),
  /** Entra ID P1, P2, or the free edition. */
  license: z.enum(['none', 'P1', 'P2']),
  /** Somebody has opened the reporting page of password reset once: without it nothing about resets is logged. */
  ssprReporting: z.boolean(),
  /** The service principal that message trace needs is in the tenant. */
  messageTracePrincipal: z.boolean(),
  /** `internetMessageHeaders` come with Mail.ReadBasic. The documents do not settle it. */
  basicMailHeaders: z.boolean(),
  /** Longest life of a mail subscription, minutes. Documented: 10,080; live tenants have refused more than 10,070. */
  mailSubscriptionMinutes: z.int().min(1),
  /** How long a unified audit log search runs, ms of the simulator's clock. */
  auditSearchMs: z.int().min(0),
  /** From a change to its notification, ms of the simulator's clock. */
  notificationDelayMs: z.strictObject({ users: z.int().min(0), messages: z.int().min(0) }),
  /** Most notifications in one POST. */
  notificationsPerPost: z.int().min(1),
  /** Every so many notifications one is sent twice; 0 = none. */
  duplicateEvery: z.int().min(0),
  /** Notifications of one POST in reversed order. */
  reorder: z.boolean(),
  faults: z.array(fault).readonly(),
});
/** Settings of the tenant. */
export type Settings = z.infer<typeof settingsSchema>;

/** A change of some settings. */
export type SettingsChange = Partial<Settings>;
/** A change of some settings; JSON has no undefined. */
export const settingsChangeSchema = settingsSchema.partial() as unknown as z.ZodType<SettingsChange>;

/** A tenant with everything: P2, all permissions, logs switched on, nothing failing. */
export const DEFAULT_SETTINGS: Settings = {
  permissions: ALL_PERMISSIONS,
  license: 'P2',
  ssprReporting: true,
  messageTracePrincipal: true,
  basicMailHeaders: true,
  mailSubscriptionMinutes: 10_070,
  auditSearchMs: 5 * 60_000,
  notificationDelayMs: { users: 30_000, messages: 5_000 },
  notificationsPerPost: 100,
  duplicateEvery: 0,
  reorder: false,
  faults: [],
};
