import { describe, expect, it } from 'vitest';
import { clientOf } from '../../../src/sources/clients.ts';
import { DANA_ID, eventOf, NO_TIME, posternOf, readingOf, signIn } from './records.ts';

const signInOf = (record: Record<string, unknown>) => posternOf(record).sign_in as Record<string, unknown>;

describe('sign-ins', () => {
  it('reads who, where and what', () => {
    const event = eventOf(
      signIn(0, { deviceDetail: { deviceId: 'ABC', operatingSystem: 'MacOs', browser: 'Safari 17.1' } }),
    );
    expect(event).toMatchObject({
      source: 'sign-ins',
      action: event.id,
      at: new Date('2026-03-01T09:20:00Z'),
      subject: { id: DANA_ID, upn: 'dana@example.org' },
      arrived: true,
    });
    const place = {
      ip: '192.0.2.10',
      network: '192.0.2.0/24',
      asn: '64496',
      country: 'US',
      device: 'abc',
      client: 'macos/safari',
    };
    expect(event.place).toEqual(place);
    expect(event.fields.postern).toEqual({
      by: 'self',
      ...place,
      sign_in: {
        result: 'success',
        status: 'Success',
        operation: 'UserLoggedIn',
        code: 0,
        interactive: true,
        legacy: false,
        temporary_password: false,
      },
    });
  });

  it.each([
    ['0', 'success'], [0, 'success'], [50126, 'wrong_password'], [50053, 'locked'], [50055, 'password_known'],
    [50074, 'password_known'], [50076, 'password_known'], [50079, 'password_known'], [53003, 'password_known'],
    [500121, 'mfa_failed'], [130503, 'tap_failed'], [130505, 'tap_failed'], [53004, 'blocked_risk'], [50135, 'blocked_risk'],
    [50140, 'interrupt'], [65001, 'interrupt'], [50058, 'interrupt'], [50072, 'interrupt'], [50173, 'interrupt'],
    [50133, 'interrupt'], [50034, 'other'], [700016, 'other'], [1, 'other'],
  ])('code %s: %s', (code, result) => expect(signInOf(signIn(code)).result).toBe(result)); // biome-ignore format: pairs

  it.each([
    [50140, 'Interrupted'],
    [50126, 'Failure'],
    [0, 'Success'],
  ])('status of %s is %s', (code, status) => expect(signInOf(signIn(code)).status).toBe(status));

  it.each([
    ['MFA denied; user declined the authentication', 'mfa_denied'],
    ['MFA denied; Phone App Reported Fraud', 'mfa_denied'],
    ['MFA denied; user did not respond to mobile app notification', 'mfa_failed'],
    [null, 'mfa_failed'],
  ])('500121 with "%s": %s', (additionalDetails, result) => {
    expect(signInOf(signIn(0, { status: { errorCode: 500121, additionalDetails } })).result).toBe(result);
  });

  it('finds the denial in the steps too', () => {
    const authenticationDetails = [
      null,
      { authenticationStepResultDetail: 'MFA denied; user declined the authentication' },
    ];
    expect(signInOf(signIn(500121, { authenticationDetails })).result).toBe('mfa_denied');
  });

  it('a lockout of a malicious address is not a lockout of the account', () => {
    const status = {
      errorCode: 50053,
      failureReason: 'Sign-in was blocked because it came from an IP address with malicious activity.',
    };
    expect(signInOf(signIn(0, { status })).result).toBe('blocked_risk');
  });

  it('a token refresh proves no password', () => {
    expect(signInOf(signIn(50076, { isInteractive: false }))).toMatchObject({
      result: 'interrupt',
      interactive: false,
    });
  });

  it('flags temporary passwords', () => expect(signInOf(signIn(50055)).temporary_password).toBe(true));

  it.each([
    [{}, true],
    [{ isInteractive: false }, true],
    [{ userType: 'Guest' }, true],
    [{ userType: 'Member' }, true],
    [{ userType: undefined }, true],
    [{ status: { errorCode: 50126 } }, false],
    [{ status: { errorCode: 50140 } }, false],
  ])('%j arrived: %s', (changes, arrived) => expect(eventOf(signIn(0, changes)).arrived).toBe(arrived));

  it.each([
    ['Browser', false], ['Mobile Apps and Desktop clients', false], ['IMAP4', true], ['POP3', true],
    ['Authenticated SMTP', true], ['Exchange ActiveSync', true], ['Other clients', true], ['', false], [null, false],
    ['Unknown', false],
  ])('client app %s is legacy: %s', (clientAppUsed, legacy) =>
    expect(signInOf(signIn(0, { clientAppUsed })).legacy).toBe(legacy),
  ); // biome-ignore format: pairs

  it.each([
    [{ isInteractive: 'False' }, false],
    [{ isInteractive: undefined, signInEventTypes: ['nonInteractiveUser'] }, false],
    [{ isInteractive: undefined, signInEventTypes: ['interactiveUser'] }, true],
    [{ isInteractive: undefined }, true],
  ])('%j is interactive: %s', (changes, interactive) =>
    expect(signInOf(signIn(0, changes)).interactive).toBe(interactive),
  );

  it.each([
    [{ userPrincipalName: 'DANA@Example.Org' }, { id: DANA_ID, upn: 'dana@example.org' }],
    [{ userPrincipalName: '+15550100' }, { id: DANA_ID }],
    [{ userId: '00000000-0000-0000-0000-000000000000' }, { upn: 'dana@example.org' }],
  ])('%j is %j', (changes, subject) => expect(eventOf(signIn(0, changes)).subject).toEqual(subject));

  it.each([
    [{ ipAddress: '<null>' }, {}],
    [{ ipAddress: '::1' }, {}],
    [{ ipAddress: '192.0.2.XXX' }, { network: '192.0.2.0/24' }],
    [{ ipAddress: '[2001:db8:1::7]:443' }, { ip: '2001:db8:1::7', network: '2001:db8:1::/48' }],
    [{ ipAddress: '', location: { countryOrRegion: 'United States' } }, {}],
    [{ ipAddress: null, location: '' }, {}],
  ])('%j is at %j', (changes, place) => {
    const bare = { deviceDetail: null, location: null, autonomousSystemNumber: 0, ...changes };
    expect(eventOf(signIn(0, bare)).place).toEqual(place);
  });

  it('ignores applications, with a reason', () => {
    const record = signIn(0, { userId: null, userPrincipalName: '', servicePrincipalId: 'sp' });
    expect(readingOf(record)).toEqual({ kind: 'ignored', why: 'sign-in of an application' });
  });

  it.each([
    [signIn('abc'), ['status.errorCode: not a number']],
    [signIn(0, { createdDateTime: 'soon' }), [`createdDateTime: ${NO_TIME}`]],
    [signIn(0, { status: 'Success' }), ['status: should be of type object']],
  ])('cannot be read: %#', (record, problems) =>
    expect(readingOf(record)).toMatchObject({ kind: 'unreadable', problems }),
  );
});

describe('clients', () => {
  it.each([
    ['Windows 10', 'Edge 116.0.1938', undefined, 'windows/edge'],
    ['Windows10', 'Chrome 119.0.0', undefined, 'windows/chrome'],
    ['Ios 17.1', 'Mobile Safari 17.1', undefined, 'ios/safari'],
    ['MacOs', 'Rich Client 4.65.0.0', undefined, 'macos/app'],
    ['Android 14', 'Chrome Mobile 119', undefined, 'android/chrome'],
    [undefined, undefined, 'Mozilla/5.0 (Linux; Android 12; CPH2005) AppleWebKit/537.36 Chrome/1.2.3.4 Mobile Safari/537.36', 'android/chrome'],
    [undefined, undefined, 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605 CriOS/118 Mobile Safari/604.1', 'ios/chrome'],
    [undefined, undefined, 'Mozilla/5.0 (Windows NT 10.0) Chrome/1.2.3.4 Safari/537.36 Edg/1.2.3.4', 'windows/edge'],
    [undefined, undefined, 'python-requests/2.28.1', 'other/script'],
    ['Windows 11', '', 'BAV2ROPC', 'windows/other'],
    ['', null, '', undefined],
  ])('%s, %s, %s: %s', (system, browser, agent, client) => expect(clientOf(system, browser, agent)).toBe(client)); // biome-ignore format: one case per line
});
