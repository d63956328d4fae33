/** Gaps of the watch, and what they say to people. */
import { z } from 'zod';
import { GRAPH_READS, INBOX_RULES } from '../azure/graph-paths.ts';
import { graphPermission } from '../azure/permissions.ts';
import { sourceSetting } from '../config.ts';

/** Why something cannot be seen. */
export const GAP_WHYS = ['licence', 'permission', 'optIn', 'silent', 'renamed', 'volume', 'cloud', 'off'] as const;
/** Why something cannot be seen. */
export type GapWhy = (typeof GAP_WHYS)[number];

/** Something that cannot be seen. */
export const Gap = z.object({
  source: z.enum([
    'directory-audits',
    'sign-ins',
    'risk-detections',
    'provider-mail',
    'authentication-methods',
    'mailbox-activity',
  ]),
  why: z.enum(GAP_WHYS),
  since: z.coerce.date(),
  /** Only these of the source's records are missing, as derived fields (`postern.recovery`); absent = all of them. */
  fields: z.array(z.string()).optional(),
  /** Only these activities of the audit log are missing, as rules name them. */
  activities: z.array(z.string()).optional(),
});
/** Something that cannot be seen. */
export type Gap = z.infer<typeof Gap>;

/** One sentence on a gap, with what to do. For health, doctor and blind rules. */
export function explainGap({ source, why, activities = [] }: Gap): string {
  const permission = graphPermission(GRAPH_READS[source].permission);
  const name = source.replaceAll('-', ' ');
  switch (why) {
    case 'off':
      return `Reading ${name} is switched off. Set ${sourceSetting(source)} to on.`;
    case 'cloud':
      return `Graph offers no ${name} in this national cloud.`;
    case 'permission':
      return source === 'mailbox-activity'
        ? `Graph refuses mailboxes. Grant ${permission.permission} (and ${INBOX_RULES.permission} for inbox rules).`
        : source === 'risk-detections'
          ? `Graph refuses ${name}. Grant ${permission.permission}; if it is granted, the tenant has no Entra ID P1 or P2.`
          : `Graph refuses ${name}. Grant ${permission.permission}.`;
    case 'licence':
      return source === 'risk-detections'
        ? 'Risk detections come without details. They need Microsoft Entra ID P2.'
        : `The tenant has no licence for ${name}. They need Microsoft Entra ID P1 or P2.`;
    case 'optIn':
      return 'Password resets happen, but are not logged. Open Password reset > Audit logs in the Entra admin center once.';
    case 'silent':
      return `No record of ${name} has come for days. Check whether the log is still written and the permission in place.`;
    case 'renamed':
      return `Entra does not list activities that rules depend on${activities.length > 0 ? `: ${activities.join(', ')}` : ''}. Update Postern.`;
    case 'volume':
      return source === 'sign-ins'
        ? 'Sign-ins are too many for Graph: non-interactive ones are left out, and places that only they show stay unknown.'
        : `There are too many ${name} for Graph to read them more than once: what it lists late is missed.`;
  }
}
