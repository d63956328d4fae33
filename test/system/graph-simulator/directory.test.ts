import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emailMethod, passwordMethod, phoneMethod } from '../../../local/graph-simulator/authentication-method.ts';
import { allPages, follow, NOON, raw, refusal, startTenant, type TestTenant } from './tenant-for-tests.ts';

const user = (n: number, more: object = {}) => ({
  id: `00000000-0000-4000-a000-${String(n).padStart(12, '0')}`,
  userPrincipalName: `user${n}@example.org`,
  displayName: `User ${n}`,
  mail: `user${n}@example.org`,
  ...more,
});
const DANA = user(1, {
  userPrincipalName: 'Dana@example.org',
  otherMails: ['dana.private@example.net'],
  mobilePhone: '+1 5555550100',
  preferredLanguage: 'fr-FR',
});

async function withUsers(count: number): Promise<TestTenant> {
  const tenant = await startTenant();
  tenant.control.putUsers([DANA, ...Array.from({ length: count - 1 }, (_, n) => user(n + 2))]);
  return tenant;
}

describe('users', () => {
  let tenant: TestTenant;
  beforeAll(async () => {
    tenant = await withUsers(250);
  });
  afterAll(() => tenant.close());

  it('by id and by name, with few properties unless selected', async () => {
    const byName = await tenant.api('/users/dana@EXAMPLE.org').get();
    expect(byName).toEqual({
      '@odata.context': expect.stringContaining('$metadata#users/$entity'),
      id: DANA.id,
      userPrincipalName: 'Dana@example.org',
      displayName: 'User 1',
      mail: 'user1@example.org',
      mobilePhone: '+1 5555550100',
      preferredLanguage: 'fr-FR',
      businessPhones: [],
      givenName: null,
      surname: null,
      jobTitle: null,
      officeLocation: null,
    });
    const selected = await tenant.api(`/users/${DANA.id}?$select=otherMails,accountEnabled`).get();
    expect(selected).toMatchObject({ otherMails: ['dana.private@example.net'], accountEnabled: true });
    expect(selected).not.toHaveProperty('id');
    expect(await tenant.api(`/users('${DANA.id}')?$select=id`).get()).toMatchObject({ id: DANA.id });
  });

  it('page by page', async () => {
    const { items, pages } = await allPages(tenant, tenant.api('/users?$select=id'));
    expect([items.length, pages, new Set(items.map(({ id }) => id)).size]).toEqual([250, 3, 250]);
    expect((await allPages(tenant, tenant.api('/users?$select=id&$top=999'))).pages).toBe(1);
  });

  it.each([
    [`id in ('${DANA.id}', '${user(2).id}', 'nobody')`, 2],
    [`id eq '${DANA.id.toUpperCase()}'`, 1],
    ["userPrincipalName eq 'DANA@example.org'", 1],
    ["startswith(userPrincipalName, 'user1')", 110],
    ["mail in ('user3@example.org', 'user4@example.org')", 2],
    ["accountEnabled eq true and otherMails/any(m: m eq 'dana.private@example.net')", 1],
  ])('$filter=%s', async (filter, count) => {
    const { items } = await allPages(tenant, tenant.api(`/users?$filter=${encodeURIComponent(filter)}`));
    expect(items).toHaveLength(count);
  });

  it.each([
    [`/users?$filter=id in (${Array.from({ length: 16 }, (_, n) => `'${n}'`).join(',')})`, 'Max allowed: 15'],
    [`/users?$filter=${Array.from({ length: 16 }, (_, n) => `id eq '${n}'`).join(' or ')}`, 'Max allowed: 15'],
    ["/users?$filter=mobilePhone eq '1'", 'cannot be filtered by'],
    ["/users?$filter=endswith(mail,'.org')", "operator 'endswith'"],
    ['/users?$top=1000', 'between 1 and 999'],
    ['/users?$select=password', 'Could not find a property'],
    ['/users?$skip=1', 'not allowed'],
    ['/users?$count=true', 'not allowed'],
    ['/users/dana@example.org?$top=1', 'not allowed'],
    ['/users?filter=x', 'not known'],
  ])('400: %s', async (path, message) => {
    expect(await refusal(tenant.api(path).get())).toMatchObject({
      status: 400,
      message: expect.stringContaining(message),
    });
  });

  it('unknown ones, and callers without permission', async () => {
    expect(await refusal(tenant.api('/users/nobody@example.org').get())).toMatchObject({
      status: 404,
      code: 'Request_ResourceNotFound',
    });
    tenant.control.change({ permissions: ['AuditLog.Read.All'] });
    expect(await refusal(tenant.api('/users').get())).toMatchObject({
      status: 403,
      code: 'Authorization_RequestDenied',
    });
    tenant.control.change({ permissions: ['User.Read.All'] });
  });

  it('cost resource units', async () => {
    const unit = async (path: string) => (await raw(tenant.api(path))).headers.get('x-ms-resource-unit');
    expect([
      await unit('/users'),
      await unit('/users?$select=id'),
      await unit('/users?$top=10'),
      await unit('/users?$select=id&$top=10'),
      await unit(`/users/${DANA.id}`),
      await unit('/users/delta'),
    ]).toEqual(['2', '1', '1', '1', '1', '2']);
  });
});

describe('delta', () => {
  let tenant: TestTenant;
  beforeAll(async () => {
    tenant = await withUsers(450);
  });
  afterAll(() => tenant.close());

  type Answer = { value: Record<string, unknown>[]; '@odata.nextLink'?: string; '@odata.deltaLink'?: string };
  async function round(first: Answer): Promise<{ items: Record<string, unknown>[]; link: string }> {
    const items = [...first.value];
    let answer = first;
    while (answer['@odata.nextLink'] !== undefined) {
      answer = (await follow(tenant, answer['@odata.nextLink'])) as Answer;
      items.push(...answer.value);
    }
    return { items, link: String(answer['@odata.deltaLink']) };
  }

  it('tells everything first, then what changed', async () => {
    const all = await round(await tenant.api('/users/delta?$select=mobilePhone,otherMails').get());
    expect(all.items).toHaveLength(450);
    tenant.control.patchUser('dana@example.org', { mobilePhone: null });
    tenant.control.patchUser('user7@example.org', { displayName: 'Renamed' });
    tenant.control.removeUser('user8@example.org');
    const changes = await round((await follow(tenant, all.link)) as Answer);
    expect(changes.items).toEqual([
      { id: DANA.id, mobilePhone: null, otherMails: ['dana.private@example.net'] },
      { id: user(8).id, '@removed': { reason: 'changed' } },
    ]);
    expect((await round((await follow(tenant, changes.link)) as Answer)).items).toEqual([]);
  });

  it('tells only changed properties when asked to, of up to 50 users', async () => {
    const filter = Array.from({ length: 50 }, (_, n) => `id eq '${user(n + 1).id}'`).join(' or ');
    const all = await round(
      await tenant.api(`/users/delta?$select=mobilePhone,otherMails&$filter=${encodeURIComponent(filter)}`).get(),
    );
    expect(all.items).toHaveLength(49);
    tenant.control.patchUser('dana@example.org', { otherMails: ['changed@example.net'] });
    tenant.control.patchUser('user99@example.org', { otherMails: ['other@example.net'] });
    const { search } = new URL(all.link);
    const answer = await tenant.api(`/users/delta${search}`).header('Prefer', 'return=minimal').get();
    expect(answer.value).toEqual([{ id: DANA.id, otherMails: ['changed@example.net'] }]);
  });

  it.each([
    [`?$filter=${Array.from({ length: 51 }, (_, n) => `id eq '${n}'`).join(' or ')}`, 'Only 50 objects'],
    ["?$filter=displayName eq 'x'", 'Only filters of the form'],
    ["?$filter=id in ('x')", 'Only filters of the form'],
    ['?$top=5', 'not allowed'],
    ['?$deltatoken=x', 'Skip token'],
    ['?$deltatoken=x&$select=id', 'no other can be given'],
  ])('400: %s', async (query, message) => {
    expect(await refusal(tenant.api(`/users/delta${query}`).get())).toMatchObject({
      status: 400,
      message: expect.stringContaining(message),
    });
  });
});

describe('groups', () => {
  let tenant: TestTenant;
  beforeAll(async () => {
    tenant = await withUsers(230);
    tenant.control.putGroup(
      { id: 'press', displayName: 'Press' },
      Array.from({ length: 229 }, (_, n) => user(n + 2).id),
    );
    tenant.control.removeUser('user5@example.org');
    tenant.control.removeMember('press', 'user6@example.org');
  });
  afterAll(() => tenant.close());

  it('members page by page, without removed users', async () => {
    const { items, pages } = await allPages(tenant, tenant.api('/groups/press/transitiveMembers?$select=id,mail'));
    expect([items.length, pages]).toEqual([227, 3]);
    expect(items[0]).toEqual({ '@odata.type': '#microsoft.graph.user', id: user(2).id, mail: 'user2@example.org' });
  });

  it('a cast to users is an advanced query', async () => {
    const path = '/groups/press/transitiveMembers/microsoft.graph.user?$count=true&$select=id&$top=999';
    expect(await refusal(tenant.api(path).get())).toMatchObject({ status: 400, code: 'Request_UnsupportedQuery' });
    const answer = await tenant.api(path).header('ConsistencyLevel', 'eventual').get();
    expect([answer['@odata.count'], answer.value.length]).toEqual([227, 227]);
  });

  it('who may see members but not users gets ids only', async () => {
    tenant.control.change({ permissions: ['GroupMember.Read.All'] });
    const answer = await tenant.api('/groups/press/transitiveMembers?$select=mail&$top=1').get();
    expect(answer.value).toEqual([{ '@odata.type': '#microsoft.graph.user', id: user(2).id, mail: null }]);
    expect(await tenant.api('/groups/press').get()).toMatchObject({ displayName: 'Press' });
    tenant.control.change({ permissions: ['User.Read.All'] });
    expect(await refusal(tenant.api('/groups/press').get())).toMatchObject({ status: 403 });
    tenant.control.change({ permissions: ['Group.Read.All'] });
    expect(await refusal(tenant.api('/groups/none/transitiveMembers').get())).toMatchObject({ status: 404 });
  });
});

describe('authentication methods and the registration report', () => {
  let tenant: TestTenant;
  beforeAll(async () => {
    tenant = await withUsers(3);
    tenant.control.setMethods('dana@example.org', [
      passwordMethod(null),
      emailMethod('dana.private@example.net'),
      phoneMethod('+1 5555550100'),
    ]);
  });
  afterAll(() => tenant.close());

  it('all of them, or those of a kind', async () => {
    const { value } = await tenant.api(`/users/${DANA.id}/authentication/methods`).get();
    expect(value.map((one: Record<string, unknown>) => one['@odata.type'])).toEqual([
      '#microsoft.graph.passwordAuthenticationMethod',
      '#microsoft.graph.emailAuthenticationMethod',
      '#microsoft.graph.phoneAuthenticationMethod',
    ]);
    expect((await tenant.api('/users/dana@example.org/authentication/phoneMethods').get()).value).toEqual([
      expect.objectContaining({
        id: '3179e48a-750b-4051-897c-87b9720928f7',
        phoneNumber: '+1 5555550100',
        phoneType: 'mobile',
      }),
    ]);
    expect((await tenant.api('/users/dana@example.org/authentication/emailMethods').get()).value).toEqual([
      { id: '3ddfcfc8-9383-446f-83cc-3ab9be4be18f', createdDateTime: null, emailAddress: 'dana.private@example.net' },
    ]);
    expect((await tenant.api('/users/user2@example.org/authentication/methods').get()).value).toEqual([]);
  });

  it('take no options, and narrow permissions for their kind only', async () => {
    expect(await refusal(tenant.api('/users/dana@example.org/authentication/methods?$select=id').get())).toMatchObject({
      status: 400,
    });
    tenant.control.change({ permissions: ['UserAuthMethod-Email.Read.All'] });
    expect((await tenant.api('/users/dana@example.org/authentication/emailMethods').get()).value).toHaveLength(1);
    for (const kind of ['phoneMethods', 'methods'])
      expect(await refusal(tenant.api(`/users/dana@example.org/authentication/${kind}`).get())).toMatchObject({
        status: 403,
        code: 'accessDenied',
      });
  });

  it('the report', async () => {
    tenant.control.change({ permissions: ['AuditLog.Read.All'] });
    const path = '/reports/authenticationMethods/userRegistrationDetails';
    const { value } = await tenant.api(`${path}?$filter=methodsRegistered/any(m: m eq 'email')`).get();
    expect(value).toMatchObject([
      { id: DANA.id, isSsprRegistered: true, isMfaRegistered: true, methodsRegistered: ['email', 'mobilePhone'] },
    ]);
    tenant.control.patchUser('user2@example.org', { accountEnabled: false });
    expect((await tenant.api(path).get()).value).toHaveLength(2);
    tenant.control.change({ license: 'none' });
    expect(await refusal(tenant.api(path).get())).toMatchObject({
      code: 'Authentication_RequestFromNonPremiumTenantOrB2CTenant',
    });
  });
});

describe('mailboxes', () => {
  let tenant: TestTenant;
  const message = (n: number) => ({
    id: `AAMk${n}=`,
    receivedDateTime: new Date(NOON + n * 1000).toISOString(),
    subject: `Mail ${n}`,
    bodyPreview: 'Your code is 000000',
    from: { emailAddress: { name: 'Sender', address: n % 2 ? 'a@example.com' : 'b@example.com' } },
    toRecipients: [],
    internetMessageId: `<${n}@example.com>`,
    internetMessageHeaders: [{ name: 'Authentication-Results', value: 'dmarc=pass' }],
    parentFolderId: 'inbox',
    isRead: false,
    hasAttachments: false,
  });
  beforeAll(async () => {
    tenant = await withUsers(2);
    tenant.control.putUsers([user(9, { mail: null })]);
    for (let n = 0; n < 25; n++) tenant.control.addMail('dana@example.org', message(n));
    tenant.control.setRules(DANA.id, [{ id: 'r1', displayName: '.', actions: { delete: true } }]);
  });
  afterAll(() => tenant.close());

  it('one mail: headers only when selected, no preview with Mail.ReadBasic', async () => {
    const path = `/users/${DANA.id}/messages/AAMk3=`;
    const whole = await tenant.api(path).get();
    expect(whole).toMatchObject({ id: 'AAMk3=', subject: 'Mail 3', receivedDateTime: '2026-09-10T12:00:03.000Z' });
    expect(whole).not.toHaveProperty('bodyPreview');
    expect(whole).not.toHaveProperty('internetMessageHeaders');
    const headers = await tenant.api(`${path}?$select=subject,internetMessageHeaders,bodyPreview`).get();
    expect(headers).toMatchObject({
      internetMessageHeaders: [{ name: 'Authentication-Results', value: 'dmarc=pass' }],
    });
    expect(headers).not.toHaveProperty('bodyPreview');
    tenant.control.change({ basicMailHeaders: false });
    expect(await tenant.api(`${path}?$select=internetMessageHeaders`).get()).not.toHaveProperty(
      'internetMessageHeaders',
    );
    tenant.control.change({ permissions: ['Mail.Read', 'MailboxSettings.Read'] });
    expect(await tenant.api(path).get()).toMatchObject({ bodyPreview: 'Your code is 000000' });
  });

  it('lists, newest first', async () => {
    const { items, pages } = await allPages(tenant, tenant.api(`/users/${DANA.id}/messages?$select=id`));
    expect([items.length, pages, items[0]?.id]).toEqual([25, 3, 'AAMk24=']);
    const filter = "receivedDateTime ge 2026-09-10T12:00:20Z and from/emailAddress/address eq 'A@example.com'";
    const inbox = await tenant
      .api(`/users/${DANA.id}/mailFolders('inbox')/messages?$filter=${encodeURIComponent(filter)}`)
      .get();
    expect(inbox.value.map(({ id }: { id: string }) => id)).toEqual(['AAMk23=', 'AAMk21=']);
  });

  it('rules and settings', async () => {
    expect((await tenant.api('/users/dana@example.org/mailFolders/inbox/messageRules').get()).value).toEqual([
      { id: 'r1', displayName: '.', actions: { delete: true } },
    ]);
    expect(await tenant.api('/users/dana@example.org/mailboxSettings').get()).toMatchObject({
      language: { locale: 'fr-FR' },
    });
  });

  it('no such mail, no mailbox, no permission', async () => {
    expect(await refusal(tenant.api(`/users/${DANA.id}/messages/none`).get())).toMatchObject({
      status: 404,
      code: 'ErrorItemNotFound',
    });
    expect(await refusal(tenant.api('/users/user2@example.org/messages/AAMk3=').get())).toMatchObject({ status: 404 });
    expect(await refusal(tenant.api('/users/user9@example.org/mailFolders/inbox/messageRules').get())).toMatchObject({
      status: 404,
      code: 'MailboxNotEnabledForRESTAPI',
    });
    tenant.control.change({ permissions: ['Mail.Read'] });
    expect(await refusal(tenant.api(`/users/${DANA.id}/mailFolders/inbox/messageRules`).get())).toMatchObject({
      status: 403,
      code: 'ErrorAccessDenied',
    });
  });
});

describe('what a set-up check reads', () => {
  let tenant: TestTenant;
  beforeAll(async () => {
    tenant = await startTenant({
      settings: { permissions: ['Application.Read.All', 'AuditLog.Read.All', 'Organization.Read.All'] },
    });
  });
  afterAll(() => tenant.close());

  it('grants by name, through the roles of Microsoft Graph', async () => {
    const { id } = await tenant
      .api("/servicePrincipals(appId='24d3b144-21ae-4080-943f-7067b395b913')?$select=id")
      .get();
    const graph = await tenant
      .api("/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')?$select=id,appRoles")
      .get();
    const { value } = await tenant.api(`/servicePrincipals/${id}/appRoleAssignments`).get();
    const names = value.map(
      ({ appRoleId }: { appRoleId: string }) =>
        graph.appRoles.find((role: { id: string }) => role.id === appRoleId)?.value,
    );
    expect(names).toEqual(['Application.Read.All', 'AuditLog.Read.All', 'Organization.Read.All']);
    expect(value.every(({ resourceId }: { resourceId: string }) => resourceId === graph.id)).toBe(true);
    const list = await tenant.api("/servicePrincipals?$filter=appId eq '24d3b144-21ae-4080-943f-7067b395b913'").get();
    expect(list.value).toMatchObject([{ id }]);
    expect(await refusal(tenant.api('/servicePrincipals/none').get())).toMatchObject({ status: 404 });
  });

  it('licenses', async () => {
    const plans = async () =>
      (await tenant.api('/subscribedSkus').get()).value.map((sku: { skuPartNumber: string }) => sku.skuPartNumber);
    expect(await plans()).toEqual(['AAD_PREMIUM_P2']);
    tenant.control.change({ license: 'P1' });
    expect(await plans()).toEqual(['AAD_PREMIUM']);
    tenant.control.change({ license: 'none' });
    expect(await plans()).toEqual([]);
  });
});

describe('what a desk does to an account', () => {
  let tenant: TestTenant;
  beforeAll(async () => {
    tenant = await withUsers(2);
  });
  afterAll(() => tenant.close());
  const properties = () =>
    tenant
      .api(`/users/${DANA.id}?$select=lastPasswordChangeDateTime,signInSessionsValidFromDateTime,accountEnabled`)
      .get();
  const audits = async () => {
    tenant.pass(2 * 60_000);
    const { value } = await tenant.api('/auditLogs/directoryAudits').get();
    tenant.pass(-2 * 60_000);
    return value.map(({ activityDisplayName }: { activityDisplayName: string }) => activityDisplayName);
  };

  it('ends all sessions, and Entra logs it', async () => {
    expect(await tenant.api(`/users/${DANA.id}/revokeSignInSessions`).post({})).toMatchObject({ value: true });
    expect(await properties()).toMatchObject({
      signInSessionsValidFromDateTime: '2026-09-10T12:00:00.0000000Z',
      lastPasswordChangeDateTime: null,
    });
    expect(await audits()).toEqual(['Update StsRefreshTokenValidFrom Timestamp']);
  });

  it('sets a password, which nobody can read', async () => {
    await tenant
      .api(`/users/${DANA.id}`)
      .patch({ passwordProfile: { password: 'correct horse battery', forceChangePasswordNextSignIn: true } });
    expect(await properties()).toMatchObject({ lastPasswordChangeDateTime: '2026-09-10T12:00:00.0000000Z' });
    expect((await tenant.api(`/users/${DANA.id}/authentication/methods`).get()).value).toMatchObject([
      {
        '@odata.type': '#microsoft.graph.passwordAuthenticationMethod',
        password: null,
        createdDateTime: '2026-09-10T12:00:00.0000000Z',
      },
    ]);
    expect((await audits()).sort()).toEqual([
      'Reset user password',
      'Set force change user password',
      'Update StsRefreshTokenValidFrom Timestamp',
      'Update StsRefreshTokenValidFrom Timestamp',
    ]);
  });

  it.each([
    [{ mobilePhone: '1' }, 400, 'Request_BadRequest'],
    [{ passwordProfile: { password: 'short' } }, 400, 'Request_BadRequest'],
    [{ accountEnabled: false }, 403, 'Authorization_RequestDenied'],
  ])('PATCH %j: %d', async (body, status, code) => {
    expect(await refusal(tenant.api(`/users/${DANA.id}`).patch(body))).toMatchObject({ status, code });
  });

  it('needs the permissions that write', async () => {
    tenant.control.change({ permissions: ['User.Read.All'] });
    expect(await refusal(tenant.api(`/users/${DANA.id}/revokeSignInSessions`).post({}))).toMatchObject({ status: 403 });
    expect(
      await refusal(
        tenant.api(`/users/${DANA.id}`).patch({ passwordProfile: { forceChangePasswordNextSignIn: true } }),
      ),
    ).toMatchObject({ status: 403 });
    tenant.control.change({ permissions: ['User.Read.All', 'User.EnableDisableAccount.All'] });
    await tenant.api(`/users/${DANA.id}`).patch({ accountEnabled: false });
    expect(await properties()).toMatchObject({ accountEnabled: false });
  });
});

describe('requests that are none', () => {
  let tenant: TestTenant;
  beforeAll(async () => {
    tenant = await startTenant();
  });
  afterAll(() => tenant.close());

  it.each([
    ['/nothing', 400, 'BadRequest', "segment 'nothing'"],
    ['/me/messages', 400, 'BadRequest', 'delegated'],
    ['/users/dana@example.org/drive', 400, 'BadRequest', "segment 'drive'"],
    ['/subscriptions?$top=1', 400, 'BadRequest', 'not supported'],
  ])('GET %s: %d', async (path, status, code, message) => {
    expect(await refusal(tenant.api(path).get())).toMatchObject({
      status,
      code,
      message: expect.stringContaining(message),
    });
  });

  it('another method, another version, a body that is no JSON', async () => {
    expect(await refusal(tenant.api('/auditLogs/signIns').delete())).toMatchObject({ status: 405 });
    expect((await fetch(`${tenant.simulator.baseUrl}/v2.0/users`)).status).toBe(400);
    expect(
      await refusal(tenant.api('/subscriptions').header('content-type', 'application/json').post('{')),
    ).toMatchObject({ status: 400 });
    expect(await refusal(tenant.api('/subscriptions').header('content-type', 'text/plain').post('{}'))).toMatchObject({
      status: 415,
    });
  });

  it("errors are Graph's: code, message, ids to tell support", async () => {
    const response = await fetch(`${tenant.simulator.baseUrl}/v1.0/users`, {
      headers: { 'client-request-id': 'mine' },
    });
    const id = response.headers.get('request-id');
    expect(response.headers.get('www-authenticate')).toContain('Bearer');
    expect(await response.json()).toEqual({
      error: {
        code: 'InvalidAuthenticationToken',
        message: 'Access token is empty.',
        innerError: { date: '2026-09-10T12:00:00', 'request-id': id, 'client-request-id': 'mine' },
      },
    });
  });

  it('failures on purpose are counted down', async () => {
    tenant.control.change({ faults: [{ path: '/users', status: 503, times: 2, retryAfterSeconds: 7 }] });
    const first = await refusal(tenant.api('/users').get());
    expect([first.status, first.code, first.headers.get('retry-after')]).toEqual([503, 'serviceNotAvailable', '7']);
    expect(await tenant.api('/servicePrincipals').get()).toBeDefined();
    expect(await refusal(tenant.api('/users/x').get())).toMatchObject({ status: 503 });
    expect(await tenant.api('/users').get()).toMatchObject({ value: [] });
  });
});
