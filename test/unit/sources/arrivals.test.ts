import { describe, expect, it } from 'vitest';
import { createSources } from '../../../src/sources/index.ts';

const sources = createSources({ providers: { subjects: [], providers: {} }, indicators: [], hash: (value) => value });
const signIns = sources.find((source) => source.name === 'sign-ins');

const SIGN_IN = {
  id: '66ea54eb-6301-4ee5-be62-ff5a759b0100',
  createdDateTime: '2026-09-14T08:00:00Z',
  userId: '26be570a-ae82-4189-b4e2-a37c6808512d',
  userPrincipalName: 'dana@example.org',
  ipAddress: '203.0.113.7',
  status: { errorCode: 0 },
};
const DEVICE = { deviceDetail: { deviceId: '207a4441-f5b6-4336-8c08-9f055a8324e8' } };

describe('whether a sign-in teaches its place', () => {
  it.each([
    ['an ordinary success', {}, true],
    ['a failure', { status: { errorCode: 50126 } }, false],
    ['a guest', { userType: 'guest' }, true],
    ['risky without a device', { riskLevelDuringSignIn: 'medium' }, false],
    ['at risk without a device', { riskState: 'atRisk' }, false],
    ['risk that only P2 may see', { riskLevelDuringSignIn: 'hidden' }, true],
    ['risky with a device: the owner on a journey', { riskLevelDuringSignIn: 'medium', ...DEVICE }, true],
    ['risk dismissed', { riskState: 'dismissed', riskLevelDuringSignIn: 'none' }, true],
  ])('%s: %o → %s', (_, fields, arrived) => {
    const reading = signIns?.toLogEvent({ ...SIGN_IN, ...fields });
    expect(reading?.kind === 'event' && reading.event.arrived).toBe(arrived);
  });
});
