import { describe, expect, it } from 'vitest';
import { toUpstreamError } from '../../../src/azure/graph-errors.ts';
import { bucketOf, GRAPH_READS, INBOX_RULES, mailboxOf } from '../../../src/azure/graph-paths.ts';
import { graphPermission } from '../../../src/azure/permissions.ts';

const NOW = new Date('2026-03-02T09:00:00Z');

describe('what a refusal means', () => {
  it.each([
    ['no answer', {}, 'UNAVAILABLE'],
    ['a lost token', { status: 401 }, 'UNAUTHORIZED'],
    ['no permission', { status: 403, code: 'Authorization_RequestDenied' }, 'FORBIDDEN'],
    ['no permission, reports', { status: 403, code: 'Authentication_MSGraphPermissionMissing' }, 'FORBIDDEN'],
    ['no licence', { status: 403, code: 'Authentication_RequestFromNonPremiumTenantOrB2CTenant' }, 'NOT_LICENSED'],
    ['no mailbox', { status: 404, code: 'MailboxNotEnabledForRESTAPI' }, 'NOT_FOUND'],
    ['an expired delta', { status: 410 }, 'NOT_FOUND'],
    ['a conflict', { status: 409 }, 'UNAVAILABLE'],
    ['throttled', { status: 429 }, 'THROTTLED'],
    ['throttled, by code', { status: 503, code: 'ApplicationThrottled' }, 'THROTTLED'],
    ['down', { status: 503 }, 'UNAVAILABLE'],
    ['a code that is a message', { status: 400, code: 'Neither tenant is B2C or tenant does not have' }, 'REFUSED'],
    ['too large', { status: 413 }, 'TOO_LARGE'],
  ] as const)('%s', (_, failure, code) => {
    expect(toUpstreamError(failure, NOW).code).toBe(code);
  });

  it.each([
    ['10', 10_000],
    ['0', 0],
    ['Mon, 02 Mar 2026 09:00:30 GMT', 30_000],
    ['Mon, 02 Mar 2026 08:00:30 GMT', 0],
    ['soon', undefined],
    ['', undefined],
    [null, undefined],
  ])('Retry-After %o is %o ms', (retryAfter, expected) => {
    expect(toUpstreamError({ status: 429, retryAfter }, NOW).retryAfterMs).toBe(expected);
  });

  it('keeps nothing of what Graph wrote but code and request id', () => {
    const error = toUpstreamError({ status: 400, code: 'User dana@example.org not found', requestId: 'a-1' }, NOW);
    expect(error.message).toBe('graph: REFUSED');
    expect((error.cause as Error).message).toBe('400 a-1');
  });
});

describe('which limit a path counts in', () => {
  it.each([
    ['/auditLogs/signIns?$filter=x', 'reports'],
    ['/auditLogs/directoryAudits', 'reports'],
    ['/auditLogs/auditActivityTypes', 'reports'],
    ['/reports/authenticationMethods/userEventsSummary', 'reports'],
    ['/users/1/authentication/methods', 'reports'],
    ['/identityProtection/riskDetections?$top=500', 'risk'],
    ['/admin/exchange/tracing/messageTraces', 'trace'],
    ['/security/auditLog/queries/1/records', 'purview'],
    ['/subscriptions', 'subscriptions'],
    ['/subscriptions/1', 'subscriptions'],
    ['/users/1/messages/2?$select=id', 'outlook'],
    ["/users/1/mailFolders('inbox')/messages", 'outlook'],
    ['/users/1/mailFolders/inbox/messageRules', 'outlook'],
    ['/users/1?$select=id', 'identity'],
    ['/users/delta', 'identity'],
    ['/groups/1/transitiveMembers', 'identity'],
  ])('%s: %s', (path, bucket) => {
    expect(bucketOf(path)).toBe(bucket);
  });

  it('each mailbox has its own', () => {
    expect(mailboxOf('/users/Dana%40example.org/messages/2')).toBe('dana%40example.org');
    expect(mailboxOf('/subscriptions/1')).toBeUndefined();
  });
});

describe('what is read', () => {
  it.each([...Object.entries(GRAPH_READS), ['inbox rules', INBOX_RULES] as const])(
    '%s: its permission opens its path',
    (_, read) => {
      expect(graphPermission(read.permission).paths).toContain(read.path);
    },
  );
});
