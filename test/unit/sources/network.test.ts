import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatIpv6, locate, parseIpv6 } from '../../../src/sources/network.ts';

describe('addresses as logs write them', () => {
  it.each([
    ['198.51.100.23', '198.51.100.23', '198.51.100.0/24'],
    [' 198.51.100.23 ', '198.51.100.23', '198.51.100.0/24'],
    ['198.51.100.23:5678', '198.51.100.23', '198.51.100.0/24'],
    ['198.051.100.023', '198.51.100.23', '198.51.100.0/24'],
    ['::ffff:198.51.100.23', '198.51.100.23', '198.51.100.0/24'],
    ['[::ffff:198.51.100.23]:443', '198.51.100.23', '198.51.100.0/24'],
    ['2001:0DB8:0001:0000:0000:0000:0000:00AB', '2001:db8:1::ab', '2001:db8:1::/48'],
    ['2001:db8:1:2::ab', '2001:db8:1:2::ab', '2001:db8:1::/48'],
    ['[2001:db8:1:2::ab]:36185', '2001:db8:1:2::ab', '2001:db8:1::/48'],
    ['[2001:db8:1:2::ab]', '2001:db8:1:2::ab', '2001:db8:1::/48'],
    ['2001:db8:1:2::ab%eth0', '2001:db8:1:2::ab', '2001:db8:1::/48'],
    ['2001:db8::1', '2001:db8::1', '2001:db8::/48'],
    ['::2001:db8:1:2:3:4:5:6', '2001:db8:1:2:3:4:5:6', undefined],
  ])('%s', (value, ip, network = '2001:db8:1::/48') => expect(locate(value)).toEqual({ ip, network }));

  it.each(['192.0.2.XXX', '192.0.2.xxx', '192.0.2.***'])('a redacted address still tells the network: %s', (value) =>
    expect(locate(value)).toEqual({ network: '192.0.2.0/24' }),
  );

  it.each([
    '<null>', '', '-', '::1', '::', '127.0.0.1', '0.0.0.0', '10.0.0.0', '172.16.4.5', '192.168.1.1', '169.254.1.1',
    'fe80::1', 'fd00::1', '::2a02:1:2', '123.456.7.89', '1.2.3', '1.2.3.4.5', '1.2.3.4:5:6', 'not-an-address',
    '2001:db8::1::2', '2001:db8:g::1', '[2001:db8::1', '7777-88', '1.2..4',
  ])('no place: "%s"', (value) => expect(locate(value)).toEqual({})); // biome-ignore format: a word list

  it.each([[undefined], [null], [5]])('no place: %s', (value) => expect(locate(value)).toEqual({}));

  it('formats IPv6 as RFC 5952 does', () => {
    expect(formatIpv6([0x2001, 0xdb8, 0, 0, 1, 0, 0, 1])).toBe('2001:db8::1:0:0:1');
    expect(formatIpv6([0x2001, 0xdb8, 0, 1, 1, 1, 1, 1])).toBe('2001:db8:0:1:1:1:1:1');
    expect(formatIpv6([0, 0, 0, 0, 0, 0, 0, 0])).toBe('::');
  });

  it('agrees with Node on what an IPv6 address is, and comes back to it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV6(), fc.string(), fc.stringMatching(/^[0-9a-f:.]{2,20}$/)), (value) => {
        const groups = parseIpv6(value);
        if (value.includes('%') || /\.0\d/.test(value)) return;
        expect(groups !== undefined).toBe(isIPv6(value));
        if (groups) expect(parseIpv6(formatIpv6(groups))).toEqual(groups);
      }),
    );
  });
});
