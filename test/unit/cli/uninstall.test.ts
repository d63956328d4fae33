import { describe, expect, it } from 'vitest';
import type { Remote } from '../../../cli/remote.ts';
import { LEFTOVERS, survey, type UninstallParts, uninstall } from '../../../cli/uninstall.ts';
import { GRAPH_APP_ID } from '../../../infra/grants.ts';
import { fakeEntra } from '../infra/entra.ts';
import { repositoryFile } from '../infra/template.ts';

const IDENTITY = '11111111-1111-4111-8111-111111111111';
const HOST = 'func-postern-abc.azurewebsites.net';
const ROLE = { id: 'b0afded3-3588-46d8-8b3d-9842eff778da', value: 'AuditLog.Read.All' };
const FOREIGN = { id: 'f-1', value: 'Mail.Read' };

function stand({ refuseApp = false } = {}) {
  const entra = fakeEntra({
    '/servicePrincipals': [
      { id: 'graph', appId: GRAPH_APP_ID, appRoles: [ROLE, FOREIGN] },
      { id: IDENTITY, displayName: 'id-postern' },
    ],
    [`/servicePrincipals/${IDENTITY}/appRoleAssignments`]: [
      { id: 'a-1', resourceId: 'graph', appRoleId: ROLE.id },
      { id: 'a-2', resourceId: 'graph', appRoleId: FOREIGN.id },
    ],
    '/applications': [{ id: 'app-1', displayName: `Postern sign-in (${HOST})` }],
  });
  const steps: string[] = [];
  const remote: Remote = async (method, path) => {
    steps.push(`${method} ${path}`);
    if (refuseApp) return { status: 500, text: '', json: undefined };
    const json =
      method === 'POST' ? { removed: 2 } : { subscriptions: 2, rows: { people: 3, ledger: 5 }, leaving: false };
    return { status: 200, text: path.includes('export') ? '{}\n{}\n' : JSON.stringify(json), json };
  };
  const said: string[] = [];
  const parts: UninstallParts = {
    remote,
    entra: { graph: entra.graph, principalId: IDENTITY, host: HOST },
    save: async (ledger) => void steps.push(`save ${ledger.length}`),
    say: (line) => void said.push(line),
  };
  return { entra, steps, said, parts };
}

describe('postern uninstall', () => {
  it('exports before it deletes, deletes subscriptions while the app still may, and the sign-in last', async () => {
    const { entra, steps, parts } = stand();
    await uninstall(parts);
    expect(steps).toEqual(['GET uninstall?export=1', 'save 6', 'POST uninstall']);
    expect(entra.writes).toEqual([
      { method: 'delete', path: `/servicePrincipals/${IDENTITY}/appRoleAssignments/a-1` },
      { method: 'delete', path: '/applications/app-1' },
    ]);
  });

  it('says what it did and lists what is left', async () => {
    const { said, parts } = stand();
    await uninstall(parts);
    expect(said.slice(0, 4)).toEqual([
      'Exported 2 rows of ledger and audit trail.',
      'Deleted 2 Graph subscriptions; none is made again.',
      'Took away 1 Graph permissions: AuditLog.Read.All.',
      'Deleted the sign-in registration.',
    ]);
    for (const { what, how } of LEFTOVERS) expect(said).toContain(`  ${what}: ${how}`);
  });

  it('deletes nothing when the ledger cannot be had or saved', async () => {
    const broken = stand({ refuseApp: true });
    await expect(uninstall(broken.parts)).rejects.toThrow('Postern answered 500');
    expect(broken.entra.writes).toEqual([]);
    const full = stand();
    const save = () => Promise.reject(new Error('disk full'));
    await expect(uninstall({ ...full.parts, save })).rejects.toThrow('disk full');
    expect(full.steps).toEqual(['GET uninstall?export=1']);
    expect(full.entra.writes).toEqual([]);
  });

  it('works without the app, and without Entra', async () => {
    const withoutApp = stand();
    await uninstall({ ...withoutApp.parts, remote: undefined });
    expect(withoutApp.steps).toEqual([]);
    expect(withoutApp.said[0]).toContain('end within 29 days');
    expect(withoutApp.entra.writes).toHaveLength(2);
    const withoutEntra = stand();
    await uninstall({ ...withoutEntra.parts, entra: undefined });
    expect(withoutEntra.entra.writes).toEqual([]);
    expect(withoutEntra.said.join('\n')).toContain('--revoke');
  });

  it('run again it finds nothing more to do', async () => {
    const { entra, said, parts } = stand();
    await uninstall(parts);
    entra.writes.length = 0;
    said.length = 0;
    await uninstall(parts);
    expect(entra.writes).toEqual([]);
    expect(said).toContain('Took away 0 Graph permissions.');
    expect(said).toContain('There was no sign-in registration.');
  });

  it('a dry run counts and changes nothing', async () => {
    const { entra, steps, said, parts } = stand();
    expect(await survey(parts)).toBe(4);
    expect(steps).toEqual(['GET uninstall']);
    expect(entra.writes).toEqual([]);
    expect(said).toEqual(
      expect.arrayContaining([
        '2 Graph subscriptions',
        'rows by table: people 3, ledger 5',
        '1 Graph permissions: AuditLog.Read.All',
        'not ours, and left alone: Mail.Read',
        'sign-in registration: there',
      ]),
    );
  });

  it('docs/privacy.md has the same list of what is left', () => {
    const text = repositoryFile('docs/privacy.md');
    for (const { what, how } of LEFTOVERS) expect(text).toContain(`| ${what} | ${how} |`);
  });
});
