import { describe, expect, it } from 'vitest';
import { maskAccount } from '../../../src/notify/mask.ts';

describe('masked accounts', () => {
  it.each([
    ['jane.nilsen@example.org', 'j…n@…'],
    ['JN@example.org', 'J…@…'],
    ['j@example.org', 'j…@…'],
    ['jan@example.org', 'j…n@…'],
    ['a@b@example.org', 'a…b@…'],
    ['jane_example.org#EXT#@tenant.example.org', 'j…g@…'],
    ['no-address', 'n…s'],
    ['', '…'],
    ['@example.org', '…@…'],
    ['😀x😎@example.org', '😀…😎@…'],
    ['ja\r\nBcc: x@example.org', 'j…x@…'],
    ['\u202ejane@example.org', 'j…e@…'],
  ])('%j is told as %s', (account, masked) => {
    expect(maskAccount(account)).toBe(masked);
  });

  it('takes another sign for SMS', () => {
    expect(maskAccount('jane.nilsen@example.org', '*')).toBe('j*n@*');
  });
});
