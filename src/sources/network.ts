/** Addresses as logs write them, made comparable. */
import type { Place } from '../model/log-event.ts';

type Location = Pick<Place, 'ip' | 'network'>;

const NOWHERE: Location = {};

/**
 * Canonical address and its /24 or /48, from whatever a record holds: with a port, in brackets, mapped, with a zone.
 * A redacted last octet (`192.0.2.XXX`) still tells the network. Empty for anything that is no address, and for
 * addresses that say nothing about where somebody was: loopback, link-local, private and unspecified ones, which
 * Entra writes for its own services.
 */
export function locate(value: unknown): Location {
  if (typeof value !== 'string' || value.length < 2) return NOWHERE;
  const known = located.get(value);
  if (known) return known;
  if (located.size >= REMEMBERED) located.clear();
  const location = readAddress(value);
  located.set(value, location);
  return location;
}

/** How many addresses are remembered: people come from the same few again and again. */
const REMEMBERED = 16_384;
const located = new Map<string, Location>();

function readAddress(value: string): Location {
  const octets = parseIpv4(value);
  if (octets) return locateIpv4(octets);
  const bare = stripPort(value.trim());
  if (!bare.includes(':')) {
    const again = parseIpv4(bare);
    return again ? locateIpv4(again) : locateRedacted(bare);
  }
  const groups = parseIpv6(bare) ?? parseIpv6WithExtraColons(bare);
  if (!groups) return NOWHERE;
  const mapped = mappedIpv4(groups);
  if (mapped) return locateIpv4(mapped);
  // Global unicast is 2000::/3 (RFC 4291): everything else is local or reserved.
  if (((groups[0] ?? 0) & 0xe000) !== 0x2000) return NOWHERE;
  return { ip: formatIpv6(groups), network: `${formatIpv6([...groups.slice(0, 3), 0, 0, 0, 0, 0])}/48` };
}

/** Four octets, or `undefined` unless the whole text is a dotted quad. Leading zeros are read as decimal. */
export function parseIpv4(text: string): readonly number[] | undefined {
  const octets: number[] = [];
  let octet = 0;
  let digits = 0;
  for (let at = 0; at <= text.length; at++) {
    const code = at === text.length ? 46 : text.charCodeAt(at);
    if (code === 46) {
      if (digits === 0 || octet > 255 || octets.length === 4) return undefined;
      octets.push(octet);
      octet = 0;
      digits = 0;
    } else {
      if (code < 48 || code > 57 || digits === 3) return undefined;
      octet = octet * 10 + code - 48;
      digits++;
    }
  }
  return octets.length === 4 ? octets : undefined;
}

/** Eight groups, or `undefined` unless the whole text is an IPv6 address (a zone and a dotted tail are allowed). */
export function parseIpv6(text: string): readonly number[] | undefined {
  let body = text.includes('%') ? text.slice(0, text.indexOf('%')) : text;
  const dotted = body.includes('.') ? body.slice(body.lastIndexOf(':') + 1) : undefined;
  if (dotted !== undefined) {
    const octets = parseIpv4(dotted);
    if (!octets) return undefined;
    const [a = 0, b = 0, c = 0, d = 0] = octets;
    body = `${body.slice(0, -dotted.length)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  }
  const halves = body.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => (half === '' ? [] : half.split(':')));
  if (!head || [...head, ...(tail ?? [])].some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (tail ? missing < 1 : missing !== 0) return undefined;
  return [...head, ...new Array<string>(tail ? missing : 0).fill('0'), ...(tail ?? [])].map((group) =>
    Number.parseInt(group, 16),
  );
}

/** `::2a02:…` with all eight groups present: an exporter's mistake that has only one reading. */
function parseIpv6WithExtraColons(text: string): readonly number[] | undefined {
  return text.startsWith('::') ? parseIpv6(text.slice(2)) : undefined;
}

/** RFC 5952: lower case, the longest run of zero groups (the first of equals, at least two) as `::`. */
export function formatIpv6(groups: readonly number[]): string {
  let [bestAt, bestLength] = [-1, 1];
  for (let at = 0; at < groups.length; at++) {
    let length = 0;
    while (groups[at + length] === 0) length++;
    if (length > bestLength) [bestAt, bestLength] = [at, length];
    if (length > 0) at += length - 1;
  }
  const hex = groups.map((group) => group.toString(16));
  if (bestAt < 0) return hex.join(':');
  return `${hex.slice(0, bestAt).join(':')}::${hex.slice(bestAt + bestLength).join(':')}`;
}

/** Removes `[…]`, `[…]:port` and `a.b.c.d:port`. */
function stripPort(text: string): string {
  if (text.startsWith('[')) {
    const end = text.indexOf(']');
    return end < 0 ? text : text.slice(1, end);
  }
  const colon = text.indexOf(':');
  return colon > 0 && text.includes('.') && colon === text.lastIndexOf(':') ? text.slice(0, colon) : text;
}

function locateIpv4(octets: readonly number[]): Location {
  const [a = 0, b = 0, c = 0, d = 0] = octets;
  const local =
    a === 0 ||
    a === 10 ||
    a === 127 ||
    a >= 224 ||
    (a === 100 && b >= 64 && b < 128) ||
    (a === 169 && b === 254) ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168);
  return local ? NOWHERE : { ip: `${a}.${b}.${c}.${d}`, network: `${a}.${b}.${c}.0/24` };
}

function locateRedacted(text: string): Location {
  const match = /^(\d{1,3}\.\d{1,3}\.\d{1,3})\.(?:x{1,3}|\*{1,3})$/i.exec(text);
  const octets = match ? parseIpv4(`${match[1]}.0`) : undefined;
  const { network } = octets ? locateIpv4(octets) : NOWHERE;
  return network ? { network } : NOWHERE;
}

function mappedIpv4(groups: readonly number[]): readonly number[] | undefined {
  if (groups[5] !== 0xffff || groups.slice(0, 5).some((group) => group !== 0)) return undefined;
  const [high = 0, low = 0] = groups.slice(6);
  return [high >> 8, high & 0xff, low >> 8, low & 0xff];
}
