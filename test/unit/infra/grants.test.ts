import { describe, expect, it } from 'vitest';
import { explainRefusal } from '../../../infra/admin-graph.ts';
import { permissionTable, readOptions } from '../../../infra/grant-graph-permissions.ts';
import { GRAPH_APP_ID, grant, MESSAGE_TRACE_APP_ID, readGrants, revoke } from '../../../infra/grants.ts';
import { GRAPH_PERMISSIONS, permissionsOf } from '../../../src/azure/permissions.ts';
import { UpstreamError } from '../../../src/errors.ts';
import { type FakeEntra, fakeEntra } from './entra.ts';

const IDENTITY = '11111111-1111-4111-8111-111111111111';
const ASSIGNMENTS = `/servicePrincipals/${IDENTITY}/appRoleAssignments`;
const MAIL_READ = { id: '810c84a8-4a9e-49e6-bf7d-12d183f40d01', value: 'Mail.Read' };
const CORE = permissionsOf(['core']);

/** A tenant with Graph, the identity, and what it holds. `without`: permissions that this cloud lacks. */
function tenant(held: readonly string[] = [], without: readonly string[] = []): FakeEntra {
  const roles = [...GRAPH_PERMISSIONS, { permission: MAIL_READ.value, appRoleId: MAIL_READ.id }]
    .filter(({ permission }) => !without.includes(permission))
    .map(({ permission, appRoleId }) => ({ id: appRoleId, value: permission }));
  const idOf = (permission: string) => roles.find(({ value }) => value === permission)?.id;
  return fakeEntra({
    '/servicePrincipals': [
      { id: 'graph', appId: GRAPH_APP_ID, appRoles: roles },
      { id: IDENTITY, appId: 'client', displayName: 'id-postern' },
    ],
    [ASSIGNMENTS]: held.map((permission, index) => ({
      id: `held-${index}`,
      principalId: IDENTITY,
      resourceId: 'graph',
      appRoleId: idOf(permission),
    })),
  });
}

const heldBy = ({ collections }: FakeEntra) =>
  [...(collections.get(ASSIGNMENTS)?.values() ?? [])].map(({ appRoleId }) => appRoleId).sort();
const idsOf = (list: readonly { appRoleId: string }[]) => list.map(({ appRoleId }) => appRoleId).sort();

describe('granting', () => {
  it('gives the core permissions, each on Graph, to the identity', async () => {
    const entra = tenant();
    const given = await grant(entra.graph, await readGrants(entra.graph, IDENTITY), CORE);
    expect(given).toEqual(CORE.map(({ permission }) => permission));
    expect(heldBy(entra)).toEqual(idsOf(CORE));
    const bodies = entra.writes.filter(({ path }) => path === ASSIGNMENTS).map(({ body }) => body);
    expect(bodies[0]).toEqual({
      principalId: IDENTITY,
      resourceId: 'graph',
      appRoleId: 'b0afded3-3588-46d8-8b3d-9842eff778da',
    });
  });

  it('changes nothing when run again', async () => {
    const entra = tenant();
    await grant(entra.graph, await readGrants(entra.graph, IDENTITY), CORE);
    entra.writes.length = 0;
    expect(await grant(entra.graph, await readGrants(entra.graph, IDENTITY), CORE)).toEqual([]);
    expect(entra.writes).toEqual([]);
  });

  it('adds what is missing, leaves the rest', async () => {
    const entra = tenant(['AuditLog.Read.All', 'User.Read.All']);
    const given = await grant(entra.graph, await readGrants(entra.graph, IDENTITY), CORE);
    expect(given).toEqual(CORE.slice(2).map(({ permission }) => permission));
  });

  it('brings the service of the message trace into the tenant, once', async () => {
    const entra = tenant();
    await grant(entra.graph, await readGrants(entra.graph, IDENTITY), CORE);
    const added = entra.writes.filter(({ path }) => path === '/servicePrincipals').map(({ body }) => body);
    expect(added).toEqual([{ appId: MESSAGE_TRACE_APP_ID }]);
  });

  it('leaves out what a national cloud does not offer', async () => {
    const entra = tenant([], ['ExchangeMessageTrace.Read.All']);
    const grants = await readGrants(entra.graph, IDENTITY);
    expect(
      grants.list.filter(({ state }) => state === 'unknown').map(({ permission }) => permission.permission),
    ).toEqual(['ExchangeMessageTrace.Read.All']);
    expect(await grant(entra.graph, grants, CORE)).not.toContain('ExchangeMessageTrace.Read.All');
  });

  it('stops at the first refusal; what was given stays and a second run goes on', async () => {
    const entra = tenant();
    const grants = await readGrants(entra.graph, IDENTITY);
    entra.refuse = 'FORBIDDEN';
    await expect(grant(entra.graph, grants, CORE)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    entra.refuse = undefined;
    expect(await grant(entra.graph, await readGrants(entra.graph, IDENTITY), CORE)).toHaveLength(CORE.length);
  });

  it('names permissions that nobody of ours asked for', async () => {
    const entra = tenant(['AuditLog.Read.All', 'Mail.Read']);
    const grants = await readGrants(entra.graph, IDENTITY);
    expect(grants.foreign).toEqual(['Mail.Read']);
    expect(permissionTable(CORE, grants)).toContain('Permissions that Postern never asks for: Mail.Read.');
  });

  it('says when there is no such identity', async () => {
    const entra = tenant();
    await expect(readGrants(entra.graph, '22222222-2222-4222-8222-222222222222')).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});

describe('revoking', () => {
  it('takes away what is on the list and leaves what is not ours', async () => {
    const entra = tenant(['AuditLog.Read.All', 'User.RevokeSessions.All', 'Mail.Read']);
    const taken = await revoke(entra.graph, await readGrants(entra.graph, IDENTITY), GRAPH_PERMISSIONS);
    expect(taken).toEqual(['AuditLog.Read.All', 'User.RevokeSessions.All']);
    expect(heldBy(entra)).toEqual([MAIL_READ.id]);
  });
});

describe('the command line', () => {
  const ID = ['--principal', IDENTITY];

  it.each([
    [ID, ['core']],
    [
      [...ID, '--pack', 'group', '--pack', 'desk'],
      ['core', 'group', 'desk'],
    ],
  ] as const)('%j asks for %j', (args, packs) => {
    expect(readOptions(args, {})).toMatchObject({ wanted: permissionsOf(packs), dryRun: false, cloud: 'global' });
  });

  it('takes the identity from the environment that azd writes', () => {
    expect(readOptions([], { IDENTITY_PRINCIPAL_ID: IDENTITY })).toMatchObject({ principal: IDENTITY });
  });

  it('--without leaves one out, --revoke takes all packs', () => {
    const without = readOptions([...ID, '--without', 'MailboxSettings.Read'], {});
    expect(without).toMatchObject({ wanted: CORE.filter(({ permission }) => permission !== 'MailboxSettings.Read') });
    expect(readOptions([...ID, '--revoke'], {})).toMatchObject({ wanted: GRAPH_PERMISSIONS, revoke: true });
  });

  it.each([
    [[], 'Say whom to give them to'],
    [['--principal', 'postern'], 'should be an object id'],
    [[...ID, '--pack', 'everything'], 'the packs are core, mail'],
    [[...ID, '--without', 'Mail.Send'], 'no permission of the list has this name'],
    [[...ID, '--cloud', 'mars'], 'the clouds are global, usgov'],
    [[...ID, '--sign-in', 'magic'], 'the ways are cli, browser, device'],
    [[...ID, '--grant-all'], "Unknown option '--grant-all'"],
    [['--help'], 'It needs the Entra role Privileged Role Administrator.'],
  ])('%j is answered in words', (args, words) => {
    expect(readOptions(args, {})).toEqual({ say: expect.stringContaining(words), isError: args[0] !== '--help' });
  });

  it('a dry run without an identity prints the whole list: reason, and what goes blind', () => {
    const table = permissionTable(CORE);
    for (const { permission, why, blindWithout } of GRAPH_PERMISSIONS) {
      expect(table).toContain(permission);
      expect(table).toContain(`    why      ${why}`);
      expect(table).toContain(`    without  ${blindWithout}`);
    }
    expect(table).toMatch(/AuditLog\.Read\.All +core +asked for\n/);
    expect(table).toMatch(/Mail\.ReadBasic +mail +not asked for\n/);
  });

  it.each([
    ['UNAUTHORIZED', 'az login'],
    ['FORBIDDEN', 'It needs the Entra role Privileged Role Administrator'],
    ['NOT_FOUND', 'A new identity takes a minute to appear'],
    ['UNAVAILABLE', 'what was done stays done'],
  ] as const)('%s is explained: %s', (code, words) => {
    expect(explainRefusal(new UpstreamError('graph', code), 'Privileged Role Administrator', 'cli')).toContain(words);
  });
});

describe('the list', () => {
  it('asks for nothing that writes, but for the desk actions', () => {
    const writing = GRAPH_PERMISSIONS.filter(({ permission }) =>
      /Write|Send|Revoke|Manage|FullControl/.test(permission),
    );
    expect(writing.map(({ pack }) => pack)).toEqual(['desk', 'desk']);
  });

  it('never asks for the content of mail', () => {
    expect(GRAPH_PERMISSIONS.map(({ permission }) => permission as string)).not.toContain('Mail.Read');
  });

  it('names each permission and each role once', () => {
    expect(new Set(GRAPH_PERMISSIONS.map(({ permission }) => permission)).size).toBe(GRAPH_PERMISSIONS.length);
    expect(new Set(GRAPH_PERMISSIONS.map(({ appRoleId }) => appRoleId)).size).toBe(GRAPH_PERMISSIONS.length);
  });
});
