/** Graph permissions of the app's identity: what it has, what it should have, giving and taking away. Idempotent. */
import { GRAPH_PERMISSIONS, type GraphPermission } from '../src/azure/permissions.ts';
import { UpstreamError } from '../src/errors.ts';
import type { Graph, RawRecord } from '../src/ports.ts';

/** Application id of Microsoft Graph, the same in all clouds. */
export const GRAPH_APP_ID = '00000003-0000-0000-c000-000000000000';
/** The service behind the message trace; Graph's page on it says that its service principal must be in the tenant. */
export const MESSAGE_TRACE_APP_ID = '8bd644d1-64a1-4d4b-ae52-2e0cbf64e373';

/** One permission of Postern's list, compared with the tenant. */
export interface Grant {
  readonly permission: GraphPermission;
  /** `unknown`: this cloud's Graph does not offer it. */
  readonly state: 'granted' | 'missing' | 'unknown';
  /** Id of the app role in this tenant; absent when unknown. */
  readonly roleId?: string;
  /** Id of the assignment, when granted. */
  readonly assignmentId?: string;
}

/** What the identity may do, compared with Postern's list. */
export interface Grants {
  readonly principalId: string;
  /** Name of the identity in Entra. */
  readonly name: string;
  readonly list: readonly Grant[];
  /** Graph permissions of the identity that Postern never asks for, by name or id. */
  readonly foreign: readonly string[];
  /** Id of Graph's service principal in this tenant. */
  readonly graphId: string;
}

/** The state of all permissions of the list. @throws UpstreamError NOT_FOUND when there is no such identity */
export async function readGrants(graph: Graph, principalId: string): Promise<Grants> {
  const principal = await graph.get(`/servicePrincipals/${encodeURIComponent(principalId)}?$select=id,displayName`);
  const service = await servicePrincipal(graph, GRAPH_APP_ID);
  if (!service) throw new UpstreamError('graph', 'NOT_FOUND');
  const offered = new Map(rolesOf(service).map(({ value, id }) => [value, id]));
  const assignments = await assignmentsOf(graph, principalId, text(service.id));
  const list = GRAPH_PERMISSIONS.map((permission): Grant => {
    const roleId = offered.get(permission.permission);
    if (roleId === undefined) return { permission, state: 'unknown' };
    const assignmentId = assignments.get(roleId);
    return assignmentId === undefined
      ? { permission, state: 'missing', roleId }
      : { permission, state: 'granted', roleId, assignmentId };
  });
  const ours = new Set(GRAPH_PERMISSIONS.map(({ permission }) => offered.get(permission)));
  const nameOf = new Map([...offered].map(([value, id]) => [id, value]));
  const foreign = [...assignments.keys()].filter((id) => !ours.has(id)).map((id) => nameOf.get(id) ?? id);
  return { principalId, name: text(principal.displayName), list, foreign, graphId: text(service.id) };
}

/** Gives the missing ones of `wanted` and says which. Those that the cloud does not offer are left out. */
export async function grant(graph: Graph, grants: Grants, wanted: readonly GraphPermission[]): Promise<string[]> {
  const given: string[] = [];
  for (const { permission, state, roleId } of grants.list) {
    if (state !== 'missing' || !wanted.includes(permission)) continue;
    if (permission.permission === 'ExchangeMessageTrace.Read.All') await addMessageTrace(graph);
    await graph.post(`/servicePrincipals/${encodeURIComponent(grants.principalId)}/appRoleAssignments`, {
      principalId: grants.principalId,
      resourceId: grants.graphId,
      appRoleId: roleId,
    });
    given.push(permission.permission);
  }
  return given;
}

/** Takes the granted ones of `wanted` away and says which. */
export async function revoke(graph: Graph, grants: Grants, wanted: readonly GraphPermission[]): Promise<string[]> {
  const taken: string[] = [];
  for (const { permission, assignmentId } of grants.list) {
    if (assignmentId === undefined || !wanted.includes(permission)) continue;
    const path = `/servicePrincipals/${encodeURIComponent(grants.principalId)}/appRoleAssignments`;
    await graph.delete(`${path}/${encodeURIComponent(assignmentId)}`);
    taken.push(permission.permission);
  }
  return taken;
}

async function servicePrincipal(graph: Graph, appId: string): Promise<RawRecord | undefined> {
  const query = `$filter=${encodeURIComponent(`appId eq '${appId}'`)}&$select=id,appId,appRoles`;
  for await (const { value } of graph.pages(`/servicePrincipals?${query}`)) {
    if (value.length > 0) return value[0] as RawRecord;
  }
  return undefined;
}

async function addMessageTrace(graph: Graph): Promise<void> {
  if (await servicePrincipal(graph, MESSAGE_TRACE_APP_ID)) return;
  await graph.post('/servicePrincipals', { appId: MESSAGE_TRACE_APP_ID });
}

/** Application roles only: delegated permissions of the same name are another list. */
function rolesOf(service: RawRecord): { id: string; value: string }[] {
  const roles = Array.isArray(service.appRoles) ? (service.appRoles as RawRecord[]) : [];
  return roles.map(({ id, value }) => ({ id: text(id), value: text(value) }));
}

/** Assignments of the identity on Graph, by role id. */
async function assignmentsOf(graph: Graph, principalId: string, graphId: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const path = `/servicePrincipals/${encodeURIComponent(principalId)}/appRoleAssignments`;
  for await (const { value } of graph.pages(path)) {
    for (const { id, appRoleId, resourceId } of value as RawRecord[]) {
      if (resourceId === graphId) found.set(text(appRoleId), text(id));
    }
  }
  return found;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
