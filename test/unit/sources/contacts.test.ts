import { describe, expect, it } from 'vitest';
import { normalizeContact } from '../../../src/sources/contacts.ts';

describe('one phone or mailbox compares equal, however it is written', () => {
  it.each([
    ['+1 5550100'],
    ['+15550100'],
    ['+1-555-0100'],
    ['+1 (555) 0100'],
    ['001 555 0100'],
    ['tel:+1-555-0100'],
    ['TEL:+15550100;ext=7'],
    ['+1 5550100 x7'],
    ['+1 555 0100 ext. 12'],
    ['+1 (0) 555 0100'],
    ['＋１ ５５５ ０１００'],
    [' +1\u00a0555\u00a00100 '],
  ])('phone %s', (value) => {
    expect(normalizeContact('phone', value)).toBe('+15550100');
  });

  it.each([
    ['(555) 0100', '5550100'],
    ['+44 555 0100', '+445550100'],
    ['+1 555 0101', '+15550101'],
    ['', ''],
    ['+', '+'],
  ])('another phone %s', (value, normalized) => {
    expect(normalizeContact('phone', value)).toBe(normalized);
  });

  it.each([
    ['Dana@Example.org', 'dana@example.org'],
    ['smtp:dana@example.org', 'dana@example.org'],
    ['SMTP:dana@example.org', 'dana@example.org'],
    ['mailto:dana@example.org', 'dana@example.org'],
    ['dana+one@example.org', 'dana@example.org'],
    ['dana.doe@example.org', 'dana.doe@example.org'],
    ['+tag@example.org', '+tag@example.org'],
    ['d.a.n.a+x@gmail.com', 'dana@gmail.com'],
    ['dana@googlemail.com', 'dana@gmail.com'],
    ['no address', 'no address'],
  ])('mail %s', (value, normalized) => {
    expect(normalizeContact('email', value)).toBe(normalized);
  });
});
