import { describe, expect, it } from 'vitest';
import { accountKey, addressOfGuest, createEnrollment, type Person } from '../../../src/model/person.ts';

describe('guests are known by their own address, as the sign-in log and the audit log both tell it', () => {
  it.each([
    ['eve_partner.example#ext#@example.onmicrosoft.com', 'eve@partner.example'],
    ['eve_van_dam_partner.example#ext#@example.onmicrosoft.com', 'eve_van_dam@partner.example'],
    ['dana@example.org', 'dana@example.org'],
    ['under_score@example.org', 'under_score@example.org'],
    ['#ext#@example.org', '#ext#@example.org'],
    ['_partner.example#ext#@example.org', '_partner.example#ext#@example.org'],
    ['eve#ext#@example.org', 'eve#ext#@example.org'],
  ])('%s → %s', (upn, address) => {
    expect(addressOfGuest(upn)).toBe(address);
    expect(accountKey({ id: 'i', upn })).toBe(address);
  });

  it('people are found by either name', () => {
    const upn = 'eve_partner.example#ext#@example.onmicrosoft.com';
    const eve: Person = { id: 'eve', accounts: [{ upn }], recoveryAddresses: [], sensitive: false };
    const find = createEnrollment([eve]);
    expect(find({ upn })).toBe(eve);
    expect(find({ upn: 'eve@partner.example', id: 'x' })).toBe(eve);
    expect(find({ upn: 'eve@other.example' })).toBeUndefined();
  });
});
