/** Networks in CIDR notation, IPv4 and IPv6. */

/** Tells whether an address (text) lies in the network. Anything that is no address does not. */
export type Network = (address: string) => boolean;

const MAPPED_V4 = 0xffffn << 32n;

interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** Reads `192.0.2.0/24`, `2001:db8::/32` or a single address; `undefined` when it is neither. Host bits are ignored. */
export function parseNetwork(text: string): Network | undefined {
  const [addressText = '', prefixText, ...rest] = text.trim().split('/');
  const address = parseAddress(addressText);
  if (!address || rest.length > 0) return undefined;
  const prefix = prefixText === undefined ? address.bits : /^\d{1,3}$/.test(prefixText) ? Number(prefixText) : -1;
  if (prefix < 0 || prefix > address.bits) return undefined;
  const shift = BigInt(address.bits - prefix);
  const wanted = address.value >> shift;
  return (candidateText) => {
    const candidate = parseAddress(candidateText.trim());
    return candidate?.bits === address.bits && candidate.value >> shift === wanted;
  };
}

/** IPv4-mapped IPv6 addresses (`::ffff:192.0.2.1`) count as IPv4. */
function parseAddress(text: string): Address | undefined {
  if (!text.includes(':')) {
    const value = parseV4(text);
    return value === undefined ? undefined : { bits: 32, value };
  }
  const value = parseV6(text.split('%')[0] ?? '');
  if (value === undefined) return undefined;
  return value >> 32n === MAPPED_V4 >> 32n ? { bits: 32, value: value & 0xffffffffn } : { bits: 128, value };
}

function parseV4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)) return undefined;
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function parseV6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(groupsOf);
  if (!head || (halves.length === 2 && !tail)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: tail ? missing : 0 }, () => 0n), ...(tail ?? [])];
  return groups.reduce((value, group) => (value << 16n) | group, 0n);
}

/** The 16-bit groups of one side of `::`, whose last part may be dotted. */
function groupsOf(side: string): bigint[] | undefined {
  if (side === '') return [];
  const parts = side.split(':');
  const last = parts.at(-1) ?? '';
  const dotted = last.includes('.') ? parseV4(parts.pop() ?? '') : 0n;
  if (dotted === undefined || !parts.every((part) => /^[\da-f]{1,4}$/i.test(part))) return undefined;
  const groups = parts.map((part) => BigInt(`0x${part}`));
  return last.includes('.') ? [...groups, dotted >> 16n, dotted & 0xffffn] : groups;
}
