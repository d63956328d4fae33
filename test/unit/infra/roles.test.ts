import { describe, expect, it } from 'vitest';
import { predicted, type Resource, templates } from './template.ts';

/** Role names and ids as Azure documents them, and what each is given on. The app can do nothing else in Azure. */
const EXPECTED: readonly (readonly [role: string, id: string, scopes: readonly string[]])[] = [
  ['Storage Blob Data Owner', 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b', ['storageAccounts/sth']],
  [
    'Storage Table Data Contributor',
    '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3',
    [
      'storageAccounts/sth',
      'tables/posternevidence',
      'tables/posterninbox',
      'tables/posternledger',
      'tables/posternpeople',
      'tables/posternstate',
      'tables/posterntrail',
    ],
  ],
  [
    'Azure Service Bus Data Receiver',
    '4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0',
    ['queues/findings', 'queues/notices', 'queues/notifications'],
  ],
  [
    'Azure Service Bus Data Sender',
    '69a216fc-b8fb-44d8-bc22-1f3c2cd27a39',
    ['queues/findings', 'queues/notices', 'queues/notifications'],
  ],
  ['Key Vault Secrets User', '4633458b-17de-408a-b874-0445c86b69e6', ['vaults/kv']],
  ['Monitoring Metrics Publisher', '3913510d-42f4-4e42-8a64-420c390055eb', ['components/appi']],
  ['Communication and Email Service Owner', '09976791-48a7-449e-bb21-39d1a415f350', ['communicationServices/acs']],
];

/** Last two segments of the resource that a role is given on, without the part that makes names unique. */
function scopeOf({ id }: Resource): string {
  const resource = String(id).split('/providers/Microsoft.Authorization')[0] ?? '';
  const [type, name] = resource.split('/').slice(-2);
  return `${type}/${name?.replace(/-?postern-?([hd]?)\w{13}$/, '$1')}`;
}

function assignments(snapshot: string): Resource[] {
  return predicted(snapshot).filter(({ type }) => type === 'Microsoft.Authorization/roleAssignments');
}

describe('role assignments', () => {
  it('are these, each on one resource, none on the group or the subscription', () => {
    const given = new Map<string, string[]>();
    for (const assignment of assignments('main')) {
      const role = String(assignment.properties.roleDefinitionId).split('/').at(-1) ?? '';
      given.set(role, [...(given.get(role) ?? []), scopeOf(assignment)].sort());
    }
    expect(Object.fromEntries(given)).toEqual(Object.fromEntries(EXPECTED.map(([, id, scopes]) => [id, scopes])));
  });

  it('go to the identity, as a service principal, so that Azure does not look for a user that is not there yet', () => {
    for (const { properties } of assignments('main')) {
      expect(properties.principalType).toBe('ServicePrincipal');
      expect(properties.principalId).toContain('Microsoft.ManagedIdentity/userAssignedIdentities/id-postern-');
    }
  });

  it('may let one person write secrets: Key Vault Secrets Officer on the vault, nothing else', () => {
    const before = new Set(assignments('main').map(({ properties }) => properties.roleDefinitionId));
    const more = assignments('private').filter(({ properties }) => !before.has(properties.roleDefinitionId));
    expect(more.map(({ properties }) => String(properties.roleDefinitionId).split('/').at(-1))).toEqual([
      'b86a8fe4-44ce-4948-aee5-eccb2c155cd7',
    ]);
    expect(more.map(scopeOf)).toEqual(['vaults/kv']);
  });

  it('have one home, so that somebody else can deploy them', () => {
    const type = 'Microsoft.Authorization/roleAssignments';
    const homes = templates().filter(({ template }) =>
      Object.values(template.resources as Record<string, Resource>).some((resource) => resource.type === type),
    );
    expect(homes.map(({ name }) => name)).toEqual(['roles']);
  });
});
