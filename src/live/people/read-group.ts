/** Reads the members of an Entra group, those of nested groups included. */
import { z } from 'zod';
import type { Graph } from '../../ports.ts';
import type { GroupMember } from './group.ts';

const Member = z.object({
  id: z.string(),
  userPrincipalName: z.string(),
  displayName: z.string().nullish(),
  preferredLanguage: z.string().nullish(),
  accountEnabled: z.boolean().nullish(),
});

/**
 * All users of the group who can sign in. What is no user (a device, a nested group itself) is left out here: asking Graph
 * for users only would need its advanced queries.
 */
export async function readGroup(graph: Graph, group: string): Promise<GroupMember[]> {
  const fields = 'id,userPrincipalName,displayName,preferredLanguage,accountEnabled';
  const path = `/groups/${encodeURIComponent(group)}/transitiveMembers?$select=${fields}&$top=999`;
  const members: GroupMember[] = [];
  for await (const { value } of graph.pages(path, { priority: 'snapshot' })) {
    for (const one of value) {
      const { data } = Member.safeParse(one);
      if (!data || data.accountEnabled === false) continue;
      const { id, userPrincipalName: upn, displayName, preferredLanguage: language } = data;
      members.push({ id, upn, name: displayName ?? upn, ...(language && { language }) });
    }
  }
  return members;
}
