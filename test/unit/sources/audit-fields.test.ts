import { describe, expect, it } from 'vitest';
import { audit, auditByAdmin, DANA_ID, posternOf, property, step, userUpdate } from './records.ts';

describe('passwords', () => {
  it.each([
    [step('User successfully reset password'), 'reset_self'],
    [step('User submitted a new password'), undefined],
    [audit('Reset password (self-service)'), 'reset_self'],
    [audit('Reset password (self-service)', { result: 'failure' }), undefined],
    [auditByAdmin('Reset password (by admin)'), 'reset_admin'],
    [auditByAdmin('Reset user password'), 'reset_admin'],
    [audit('Reset user password', { initiatedBy: { user: { userPrincipalName: 'fim_password_service@support.onmicrosoft.com' } } }), 'other'],
    [audit('POST UserAuthMethod.ResetPasswordOnPasswordMethods'), 'reset_graph'],
    [audit('Change password (self-service)', { resultReason: 'None' }), 'changed_self'],
    [audit('Change password (self-service)', { result: 'failure', resultReason: 'PasswordDoesnotComplyFuzzyPolicy' }), undefined],
    [audit('Change user password'), 'changed_self'],
    [auditByAdmin('Change user password'), 'changed_other'],
    [audit('User started password change'), undefined],
  ])('%#', (record, action) => {
    expect((posternOf(record).password as { action?: string } | undefined)?.action).toBe(action);
  }); // biome-ignore format: one case per line
});

describe('security info', () => {
  const registered = (resultReason: string, changes = {}) =>
    audit('User registered security info', { resultReason, ...changes });
  it.each([
    [registered('User registered Authenticator App with Notification and Code'), { action: 'added', type: 'authenticator' }],
    [registered('User registered Mobile Phone SMS'), { action: 'added', type: 'phone' }],
    [registered('User registered Email'), { action: 'added', type: 'email' }],
    [registered('User registered Fido'), { action: 'added', type: 'passkey' }],
    [registered('', { additionalDetails: [{ key: 'AuthenticationMethod', value: 'Software OATH token' }] }), { action: 'added', type: 'totp' }],
    [registered(''), { action: 'added' }],
    [registered('x', { result: 'failure' }), undefined],
    [auditByAdmin('Admin registered security info', { resultReason: 'Admin registered temporary access pass method for user' }), { action: 'added', type: 'tap' }],
    [auditByAdmin('Create Temporary Access Pass method for user'), { action: 'added', type: 'tap' }],
    [auditByAdmin('Admin updated security info', { resultReason: 'Admin changed phone number for user' }), { action: 'updated', type: 'phone' }],
    [audit('User deleted security info', { resultReason: 'User deleted Authenticator App' }), { action: 'removed', type: 'authenticator' }],
    [audit('User changed default security info'), { action: 'default_changed' }],
    [audit('User canceled security info registration'), { action: 'canceled' }],
    [audit('User reviewed security info'), { action: 'reviewed' }],
    [audit('Delete FIDO2 security key'), { action: 'removed', type: 'passkey' }],
    [audit('Add Windows Hello for Business credential'), { action: 'added', type: 'windows_hello' }],
    [audit('Create application password for user'), { action: 'added', type: 'app_password' }],
    [audit('Add passwordless phone sign-in credential'), { action: 'added', type: 'authenticator' }],
  ])('%#', (record, method) => expect(posternOf(record).method).toEqual(method)); // biome-ignore format: one case per line
});

describe('Update user', () => {
  const details = (number: string | null, email: string | null = null) => [
    { PhoneNumber: number, AlternativePhoneNumber: null, Email: email, VoiceOnlyPhoneNumber: null },
  ];
  it('tells a new phone by its keyed hash, whatever blanks it is written with', () => {
    const record = userUpdate(property('StrongAuthenticationUserDetails', details(null), details('+1 555-0100')));
    expect(posternOf(record)).toEqual({ by: 'system', contact: { changed: ['phone'], new: ['h(+15550100)'] } });
  });

  it('tells what replaced what', () => {
    const record = userUpdate(
      property(
        'StrongAuthenticationUserDetails',
        details('+1 5550100', 'Dana.Private@example.org'),
        details('+1 5550101', 'dana@evil.example.net'),
      ),
    );
    expect(posternOf(record)).toMatchObject({
      contact: {
        changed: ['email', 'phone'],
        new: ['h(+15550101)', 'h(dana@evil.example.net)'],
        old: ['h(+15550100)', 'h(dana.private@example.org)'],
      },
      indicator: ['campaign-domains'],
    });
  });

  it('is silent when only the writing of a contact changed', () => {
    const record = userUpdate(
      property(
        'StrongAuthenticationUserDetails',
        details('+1 555-0100', 'dana@example.org'),
        details('+15550100', 'Dana@Example.org'),
      ),
    );
    expect(posternOf(record)).toEqual({ by: 'system' });
  });

  it('sees that a masked number changed, and hashes none', () => {
    const record = userUpdate(property('StrongAuthenticationUserDetails', details('+1 XXX*00'), details('+1 XXX*01')));
    expect(posternOf(record).contact).toEqual({ changed: ['phone'] });
  });

  it('watches directory contact fields too', () => {
    const record = userUpdate(property('OtherMail', ['a@example.org'], ['a@example.org', 'B@example.org']));
    expect(posternOf(record).contact).toEqual({ changed: ['email'], new: ['h(b@example.org)'] });
  });

  const device = (changes = {}) => [
    {
      DeviceName: 'Phone',
      DeviceToken: 't',
      Id: '1',
      DeviceId: '2',
      OathTokenTimeDrift: 2,
      PhoneAppVersion: '6.1',
      ...changes,
    },
  ];
  it("derives nothing from Authenticator's clock drift, versions and times", () => {
    const after = device({
      OathTokenTimeDrift: 3,
      PhoneAppVersion: '6.2',
      LastAuthenticatedTimestamp: '2026-03-01T06:39:44Z',
    });
    const record = userUpdate(
      property('StrongAuthenticationPhoneAppDetail', device(), after),
      property('Included Updated Properties', null, '"StrongAuthenticationPhoneAppDetail"'),
    );
    expect(posternOf(record)).toEqual({ by: 'system' });
  });

  it.each([
    ['StrongAuthenticationPhoneAppDetail', [], device(), { action: 'added', type: 'authenticator' }],
    ['StrongAuthenticationPhoneAppDetail', device(), device({ Id: '9' }), { action: 'updated', type: 'authenticator' }],
    ['StrongAuthenticationMethod', [], [{ MethodType: 7, Default: true }], { action: 'added', type: 'totp' }],
    ['StrongAuthenticationMethod', [{ MethodType: 6, Default: true }], [], { action: 'removed', type: 'authenticator' }],
    ['StrongAuthenticationMethod', [{ MethodType: 6, Default: true }], [{ MethodType: 0, Default: true }], { action: 'updated', type: 'phone' }],
    ['StrongAuthenticationMethod', [{ MethodType: 6, Default: true }, { MethodType: 5, Default: false }], [{ MethodType: 6, Default: false }, { MethodType: 5, Default: true }], { action: 'default_changed', type: 'phone' }],
    ['StrongAuthenticationMethod', [{ MethodType: 6, Default: true }], [{ Default: true, MethodType: 6 }], undefined],
    ['StrongAuthenticationMethod', 'cut off: [{"Method', null, undefined],
  ])('%s %j -> %j', (name, before, after, method) => {
    expect(posternOf(userUpdate(property(name, before, after))).method).toEqual(method);
  }); // biome-ignore format: one case per line

  it.each([
    [[{ State: 1 }], [{ State: 0 }], 'disabled'],
    [[{ State: 2 }], [], 'disabled'],
    [[], [{ State: 1 }], 'enabled'],
    [[{ State: 1 }], [{ State: 2 }], undefined],
  ])('per-user multi-factor %j -> %j', (before, after, action) => {
    const record = userUpdate(property('StrongAuthenticationRequirement', before, after));
    expect((posternOf(record).mfa as { action?: string } | undefined)?.action).toBe(action);
  });
});

describe('everything else', () => {
  const withProperties = (activity: string, ...modifiedProperties: Record<string, unknown>[]) =>
    audit(activity, { targetResources: [{ id: 'sp', type: 'ServicePrincipal', modifiedProperties }] });
  it.each([
    [auditByAdmin('Disable Strong Authentication'), { mfa: { action: 'disabled' } }],
    [auditByAdmin('Update per-user multifactor authentication state'), { mfa: { action: 'state_changed' } }],
    [audit('Authentication Methods Policy Update'), { policy: { changed: 'auth_methods' } }],
    [audit('Enable password writeback for directory'), { policy: { changed: 'sspr' } }],
    [audit('Update User Risk and MFA Registration Policy'), { policy: { changed: 'registration' } }],
    [audit('Register device'), { device: { registered: true } }],
    [auditByAdmin('Add member to role', { targetResources: [{ id: DANA_ID, type: 'User', modifiedProperties: [property('Role.DisplayName', null, '"Helpdesk Administrator"')] }] }), { role: { assigned: true, name: 'Helpdesk Administrator' } }],
    [auditByAdmin('Add eligible member to role in PIM completed (permanent)'), { role: { assigned: true } }],
    [auditByAdmin('Add member to role in PIM requested (permanent)'), {}],
    [auditByAdmin('Add member to role completed (PIM activation)'), { role: { assigned: true } }],
    [auditByAdmin('Add eligible member to role in PIM completed (timebound)'), { role: { assigned: true } }],
    [auditByAdmin('Add member to role requested (PIM activation)'), {}],
    [auditByAdmin('Add member to role request denied (PIM activation)'), {}],
    [audit('Update StsRefreshTokenValidFrom Timestamp'), { session: { revoked: true } }],
    [withProperties('Add delegated permission grant', property('DelegatedPermissionGrant.Scope', null, '" Mail.Read offline_access"')), { consent: { scopes: ['Mail.Read', 'offline_access'], mail: true } }],
    [withProperties('Consent to application', property('ConsentContext.IsAdminConsent', null, '"False"'), property('ConsentAction.Permissions', null, '"[] => [[Id: 1, ConsentType: Principal, Scope: User.Read openid, CreatedDateTime: ]]; "')), { consent: { scopes: ['User.Read', 'openid'], mail: false, admin: false } }],
    [audit('Consent to application', { result: 'failure' }), {}],
    [audit('Add member to group'), {}],
  ])('%#', (record, expected) => {
    const { by, ip, network, actor, ...rest } = posternOf(record);
    expect(rest).toEqual(expected);
  }); // biome-ignore format: one case per line
});
