import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createSources } from '../../../src/sources/index.ts';
import { audit, auditByAdmin, eventOf, knowledge, property, signIn, step, userUpdate } from './records.ts';

type Fields = Record<string, unknown>;

const page = readFileSync(new URL('../../../docs/fields.md', import.meta.url), 'utf8');

/** Lines of the first table below a heading, as lists of cells. */
function table(heading: string): string[][] {
  const [, below = ''] = page.split(`\n${heading}\n`);
  const lines = below.split('\n');
  const start = lines.findIndex((line) => line.startsWith('|---'));
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => !line.startsWith('|'));
  return rest.slice(0, end < 0 ? undefined : end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const code = (cell = ''): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);

const mail: Fields = {
  id: 't1',
  senderAddress: 'appleid@id.apple.com',
  recipientAddress: 'dana@example.org',
  receivedDateTime: '2026-03-01T09:20:11Z',
  internetMessageHeaders: [{ name: 'Authentication-Results', value: 'dmarc=pass' }],
};
const listed = { initiatedBy: { user: { userPrincipalName: 'dana@example.org', ipAddress: '203.0.113.5' } } };
const client = { userAgent: 'Mozilla/5.0 (Windows NT 10.0) Firefox/120.0' };
const role = {
  targetResources: [{ id: 'x', type: 'User', modifiedProperties: [property('Role.DisplayName', null, '"Reader"')] }],
};

/** Records that together derive every field that a record can derive. */
const RECORDS: readonly Fields[] = [
  step('User started the email verification option', { ...listed, ...client }),
  audit('Reset password (self-service)'),
  audit('User registered security info', { resultReason: 'User registered Email' }),
  userUpdate(property('OtherMail', ['a@example.org'], ['b@example.org'])),
  auditByAdmin('Disable Strong Authentication'),
  audit('Authentication Methods Policy Update'),
  audit('Consent to application', {
    targetResources: [{ type: 'ServicePrincipal', modifiedProperties: [property('ConsentContext.IsAdminConsent', null, '"False"')] }],
  }),
  audit('Register device'),
  auditByAdmin('Add member to role', role),
  audit('Update StsRefreshTokenValidFrom Timestamp'),
  signIn(50126, { deviceDetail: { deviceId: 'd' } }),
  { id: 'r', riskEventType: 'generic', riskLevel: 'low', riskState: 'atRisk', detectedDateTime: '2026-03-01T09:00:00Z', userId: 'u' },
  mail,
  { id: 'm', createdDateTime: '2026-03-01T09:00:00Z', operation: 'Send', userPrincipalName: 'dana@example.org' },
]; // biome-ignore format: one record per line

function leaves(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path];
  return Object.entries(value).flatMap(([name, member]) => leaves(member, `${path}.${name}`));
}

describe('docs/fields.md', () => {
  it.each(createSources(knowledge))('has the names of $name', ({ name, fields }) => {
    const written = table(`### ${name}`).map(([alias, paths]) => [code(alias)[0], code(paths)]);
    expect(written).toEqual(Object.entries(fields).map(([alias, paths]) => [alias, [...paths]]));
  });

  it('has every derived field, and no other', () => {
    const written = table('## Derived fields').map(([field]) => code(field)[0]);
    const later = ['postern.person', 'postern.account', 'postern.sensitive', 'postern.place'];
    const derived = new Set(RECORDS.flatMap((record) => leaves(eventOf(record).fields.postern, 'postern')));
    expect(new Set(written)).toEqual(new Set([...later, ...derived]));
    expect(new Set(written).size).toBe(written.length);
  });

  it('names the 21 rules that cannot match, each once', () => {
    const ids = table('## Published rules that no record can match').map(([, id]) => code(id)[0]);
    expect(ids).toHaveLength(21);
    expect(new Set(ids).size).toBe(21);
  });

  it('no alias points at a field that is not there: derived ones are listed', () => {
    const written = new Set(table('## Derived fields').map(([field]) => code(field)[0]));
    const paths = createSources(knowledge).flatMap(({ fields, dispatchField }) => [
      ...Object.values(fields).flat(),
      dispatchField,
    ]);
    expect(paths.filter((path) => path.startsWith('postern.') && !written.has(path))).toEqual([]);
  });
});
