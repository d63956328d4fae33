import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../local/graph-simulator/settings.ts';
import {
  expiryOf,
  mayWatch,
  parseChangeTypes,
  parseResource,
} from '../../../local/graph-simulator/subscriptions/resource.ts';
import { firstReminder, nextReminder } from '../../../local/graph-simulator/subscriptions/subscription.ts';

const NOW = Date.parse('2026-09-01T00:00:00Z');
const MINUTE = 60_000;

describe('resources', () => {
  it.each([
    ['users', { kind: 'users' }],
    ['/users', { kind: 'users' }],
    ['Users/a-b', { kind: 'users', id: 'a-b' }],
    ['groups', { kind: 'groups' }],
    ['groups/g/members', { kind: 'groups', id: 'g' }],
    ['users/u/messages', { kind: 'messages', user: 'u' }],
    ["users/u/mailFolders('inbox')/messages", { kind: 'messages', user: 'u' }],
    ["/users/u@example.org/mailfolders('Inbox')/messages", { kind: 'messages', user: 'u@example.org' }],
    ['users/u/mailFolders/inbox/messages', { kind: 'messages', user: 'u' }],
  ])('%s', (resource, target) => {
    expect(parseResource(resource)).toEqual(target);
  });

  it.each([
    ['auditLogs/directoryAudits', 'not supported for this resource'],
    ['auditLogs/signIns', 'not supported for this resource'],
    ['identityProtection/riskDetections', 'not supported for this resource'],
    ['users/u/authentication/methods', 'not supported for this resource'],
    ['users/u/mailFolders/inbox/messageRules', 'not supported for this resource'],
    ['security/alerts_v2', 'not supported for this resource'],
    ['users/u/x/messages', 'not supported for this resource'],
    ['me/messages', '/me request is only valid with delegated authentication flow'],
    ['users?$filter=x', 'Query options in the resource'],
    ['', 'not supported for this resource'],
  ])('%s cannot be watched', (resource, message) => {
    expect(() => parseResource(resource)).toThrow(message);
  });

  it.each([
    ['updated', 'users', ['updated']],
    ['updated,deleted', 'users', ['updated', 'deleted']],
    ['created, Updated', 'messages', ['created', 'updated']],
    ['created', 'users', undefined],
    ['created,updated', 'groups', undefined],
    ['', 'messages', undefined],
    ['everything', 'messages', undefined],
  ])('changeType %s of %s', (text, kind, expected) => {
    const parse = () =>
      parseChangeTypes(text, kind === 'messages' ? { kind, user: 'u' } : { kind: kind as 'users' | 'groups' });
    if (expected) expect(parse()).toEqual(expected);
    else expect(parse).toThrow('changeType');
  });

  it('only read permissions count', () => {
    const may = (permission: string) => mayWatch({ kind: 'users' }, { ...DEFAULT_SETTINGS, permissions: [permission] });
    expect([may('User.Read.All'), may('User.ReadWrite.All'), may('Directory.ReadWrite.All')]).toEqual([
      true,
      false,
      false,
    ]);
    const mail = (permission: string) =>
      mayWatch({ kind: 'messages', user: 'u' }, { ...DEFAULT_SETTINGS, permissions: [permission] });
    expect([mail('Mail.ReadBasic'), mail('Mail.Read'), mail('Mail.ReadWrite')]).toEqual([true, true, false]);
  });
});

describe('lives', () => {
  const life = (minutes: number, kind: 'users' | 'messages') => {
    const target = kind === 'messages' ? { kind, user: 'u' } : { kind };
    return (expiryOf(NOW + minutes * MINUTE, target, NOW, DEFAULT_SETTINGS) - NOW) / MINUTE;
  };
  it.each([
    ['users', 41_760, 41_760],
    ['users', 100, 100],
    ['users', 45, 45],
    ['users', 1, 45],
    ['messages', 10_070, 10_070],
  ] as const)('%s for %d minutes', (kind, minutes, expected) => {
    expect(life(minutes, kind)).toBe(expected);
  });

  it.each([
    ['users', 41_760.1, 'Subscription expiration can only be 41760 minutes in the future.'],
    ['messages', 10_071, 'Subscription expiration can only be 10070 minutes in the future.'],
    ['messages', 0, 'must be in the future'],
    ['users', -1, 'must be in the future'],
    ['users', Number.NaN, 'must be in the future'],
  ] as const)('%s not for %d minutes', (kind, minutes, message) => {
    expect(() => life(minutes, kind)).toThrow(message);
  });

  it('reminders come three hours before the end, then hourly, then each quarter of an hour', () => {
    const end = NOW + 100 * 60 * MINUTE;
    const at = [firstReminder(NOW, end)];
    while ((at.at(-1) ?? end) < end) at.push(nextReminder(at.at(-1) ?? end, end));
    expect(at.map((time) => (end - time) / MINUTE)).toEqual([180, 120, 60, 45, 30, 15, 0]);
  });
});
