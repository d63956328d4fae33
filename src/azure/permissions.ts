/**
 * The one list of Microsoft Graph permissions. The grant script assigns them, docs/permissions.md prints them, the
 * code that calls Graph names them when a call is refused, and a test keeps the four equal.
 *
 * All are application permissions of the app's managed identity; none but those of the `desk` pack can write.
 * Source: Microsoft Graph permissions reference (names and app role ids).
 */
import type { SourceName } from '../model/log-event.ts';

/** Permissions that belong to something that is off by default. `core` is what every installation grants. */
export const PACKS = {
  core: { what: 'What the watch needs. Granted unless told otherwise.', setting: undefined },
  mail: {
    what:
      'Reading who wrote to an opted-in mailbox, when, and under which subject. Better given by Exchange for these ' +
      'mailboxes alone than by Entra for the whole tenant: see "Mailboxes" in docs/permissions.md.',
    setting: 'POSTERN_MAIL_SUBSCRIPTIONS',
  },
  mailboxActivity: {
    what: 'Reading the Exchange part of the Purview audit log.',
    setting: 'POSTERN_SOURCE_MAILBOX_ACTIVITY',
  },
  group: { what: 'Enrolling the members of an Entra group.', setting: 'POSTERN_ENROLL_GROUP' },
  desk: {
    what: 'Letting the desk page revoke sessions and require a new password. The only permissions that write.',
    setting: 'POSTERN_DESK_ACTIONS',
  },
  auditFallback: {
    what:
      'Only when reading directory audits is refused although AuditLog.Read.All is granted: newer permission tables ' +
      'ask for both, older ones for the first alone.',
    setting: undefined,
  },
} as const satisfies Record<string, { readonly what: string; readonly setting: string | undefined }>;
/** Name of a pack. */
export type Pack = keyof typeof PACKS;

/** One application permission of Microsoft Graph. */
export interface GraphPermission {
  /** Name, as `AuditLog.Read.All`. */
  readonly permission: string;
  /** Id of the app role; the same in all clouds. The script looks the name up in the tenant and compares. */
  readonly appRoleId: string;
  readonly pack: Pack;
  /** What Postern reads or does with it: a sentence for whoever consents. */
  readonly why: string;
  /** What cannot be seen or done without it. */
  readonly blindWithout: string;
  /** Log sources that fall silent without it. */
  readonly sources: readonly SourceName[];
  /** Graph paths that it opens, without host and version. */
  readonly paths: readonly string[];
}

/** The list, in the order in which it is granted and printed. */
export const GRAPH_PERMISSIONS = [
  {
    permission: 'AuditLog.Read.All',
    appRoleId: 'b0afded3-3588-46d8-8b3d-9842eff778da',
    pack: 'core',
    why: 'Reads directory audits (every step of a password reset, every change of security info) and sign-ins.',
    blindWithout: 'Nearly everything: no recovery flow, no change of security info, no sign-in can be seen.',
    sources: ['directory-audits', 'sign-ins'],
    paths: [
      '/auditLogs/directoryAudits',
      '/auditLogs/signIns',
      '/auditLogs/auditActivityTypes',
      '/reports/authenticationMethods/userEventsSummary',
    ],
  },
  {
    permission: 'User.Read.All',
    appRoleId: 'df021288-bdef-4463-88db-98f22de89214',
    pack: 'core',
    why: 'Resolves accounts, reads recovery fields (other mails, mobile phone), and subscribes to changes of users.',
    blindWithout:
      'Changed recovery fields are seen only through the audit log, and nothing is seen before the next poll.',
    sources: [],
    paths: ['/users/{id}', '/subscriptions', '/subscriptions/{id}'],
  },
  {
    permission: 'IdentityRiskEvent.Read.All',
    appRoleId: '6e472fd1-ad78-48da-a0f0-97ab2c6b769e',
    pack: 'core',
    why: 'Reads risk detections of Entra ID Protection (leaked credentials, password spray, nation-state address).',
    blindWithout: 'Rules that start from a risk detection. Without Entra ID P2 most detections are hidden anyway.',
    sources: ['risk-detections'],
    paths: ['/identityProtection/riskDetections'],
  },
  {
    permission: 'UserAuthenticationMethod.Read.All',
    appRoleId: '38d9df27-64da-44fd-b7c5-a6fbac20248f',
    pack: 'core',
    why: 'Compares the authentication methods of enrolled people with a baseline. Values are kept as keyed hashes.',
    blindWithout: 'A phone, mail address or key that was added without an audit record stays unseen.',
    sources: ['authentication-methods'],
    paths: ['/users/{id}/authentication/methods'],
  },
  {
    permission: 'MailboxSettings.Read',
    appRoleId: '40f97065-369a-49f4-947c-6a255697ae91',
    pack: 'core',
    why: 'Compares the inbox rules of people with an open chain: rules that hide or forward mail.',
    blindWithout: 'Hidden or forwarded warning mails after a break-in are seen only with mailbox activity.',
    sources: [],
    paths: ['/users/{id}/mailFolders/inbox/messageRules'],
  },
  {
    permission: 'ExchangeMessageTrace.Read.All',
    appRoleId: '89b20d8a-76e2-4057-867b-9961f800b9a4',
    pack: 'core',
    why: 'Reads from the message trace that a provider sent a verification or warning mail: sender, time, subject.',
    blindWithout: 'Codes and warnings of other providers that arrive in work mailboxes, unless mail metadata is read.',
    sources: ['provider-mail'],
    paths: ['/admin/exchange/tracing/messageTraces'],
  },
  {
    permission: 'Mail.ReadBasic',
    appRoleId: '6be147d2-ea4f-4b5a-a3fa-3eab6f3c140a',
    pack: 'mail',
    why: 'Subscribes to new mail of opted-in mailboxes and reads sender, subject and time, never body or attachments.',
    blindWithout: 'Verification mails are seen by the message trace only, minutes later and not when they are deleted.',
    sources: ['provider-mail'],
    paths: ['/users/{id}/messages', '/users/{id}/messages/{id}', '/subscriptions', '/subscriptions/{id}'],
  },
  {
    permission: 'AuditLogsQuery-Exchange.Read.All',
    appRoleId: '6b0d2622-d34e-4470-935b-b96550e5ca8d',
    pack: 'mailboxActivity',
    why: 'Queries the Exchange part of the Purview audit log: new inbox rules, forwarding, access, deletions.',
    blindWithout: 'What was done inside a mailbox after a break-in.',
    sources: ['mailbox-activity'],
    paths: ['/security/auditLog/queries'],
  },
  {
    permission: 'GroupMember.Read.All',
    appRoleId: '98830695-27a2-44f7-8c18-0c3ebc9698f6',
    pack: 'group',
    why: 'Reads the members of the group named in POSTERN_ENROLL_GROUP, to keep the enrollment in step.',
    blindWithout: 'People must be enrolled by hand or by file.',
    sources: [],
    paths: ['/groups/{id}/transitiveMembers'],
  },
  {
    permission: 'User.RevokeSessions.All',
    appRoleId: '77f3a031-c388-4f99-b373-dc68676a979e',
    pack: 'desk',
    why: 'Lets the desk end all sessions of a person under attack, after a confirm step, with an audit trail.',
    blindWithout: 'The button is absent; an Entra admin revokes sessions in the Entra admin center.',
    sources: [],
    paths: ['/users/{id}/revokeSignInSessions'],
  },
  {
    permission: 'User-PasswordProfile.ReadWrite.All',
    appRoleId: 'cc117bb9-00cf-4eb8-b580-ea2a878fe8f7',
    pack: 'desk',
    why: 'Lets the desk require a new password at the next sign-in, after a confirm step, with an audit trail.',
    blindWithout: 'The button is absent; an Entra admin requires it in the Entra admin center.',
    sources: [],
    paths: ['/users/{id}'],
  },
  {
    permission: 'Directory.Read.All',
    appRoleId: '7ab1d382-f21e-4acd-a863-ba3e13f7da61',
    pack: 'auditFallback',
    why: 'Some tenants ask for it beside AuditLog.Read.All before they hand out directory audits.',
    blindWithout: 'Nothing where directory audits are readable; `postern doctor` tells when they are not.',
    sources: [],
    paths: ['/auditLogs/directoryAudits'],
  },
] as const satisfies readonly GraphPermission[];

/** Name of a permission in the list. */
export type PermissionName = (typeof GRAPH_PERMISSIONS)[number]['permission'];

/** The entry of a permission: for error messages and `postern doctor`. */
export function graphPermission(name: PermissionName): GraphPermission {
  const found = GRAPH_PERMISSIONS.find(({ permission }) => permission === name);
  if (!found) throw new TypeError(`no permission is named ${name}`);
  return found;
}

/** The permissions of some packs, in order. */
export function permissionsOf(packs: Iterable<Pack>): readonly GraphPermission[] {
  const wanted = new Set(packs);
  return GRAPH_PERMISSIONS.filter(({ pack }) => wanted.has(pack));
}
