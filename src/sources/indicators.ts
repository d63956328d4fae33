/** Named lists of addresses, networks and domains that somebody warned about. */
import { parseIpv4, parseIpv6 } from './network.ts';

/** One list: `rules/indicators/<name>.txt`, one entry per line, without comments. */
export interface IndicatorList {
  readonly name: string;
  /** Addresses, networks in CIDR notation, domains (which cover their subdomains). Anything else is ignored. */
  readonly entries: readonly string[];
}

/** Looks an address or domain up. */
export interface Indicators {
  /** Names of the lists that a canonical address is on, sorted; `undefined` = none. */
  readonly ofAddress: (ip: string | undefined) => readonly string[] | undefined;
  /** Names of the lists that a lower-case domain or a parent of it is on, sorted; `undefined` = none. */
  readonly ofDomain: (domain: string | undefined) => readonly string[] | undefined;
}

/** Indexes the lists: looking up costs one map access per prefix length in use, however many entries there are. */
export function createIndicators(lists: readonly IndicatorList[]): Indicators {
  const networks = new Map<string, Set<string>>();
  const lengths = new Set<number>();
  const domains = new Map<string, Set<string>>();
  for (const { name, entries } of lists) {
    for (const raw of entries) {
      const entry = raw.trim().toLowerCase();
      const [address = '', prefix] = entry.split('/');
      const bits = bitsOf(address);
      if (bits !== undefined) {
        const length = prefix === undefined ? bits.length : Number(prefix);
        if (!Number.isInteger(length) || length < 0 || length > bits.length) continue;
        lengths.add(length);
        add(networks, networkKey(bits, length), name);
      } else if (/^[^\s@/]+\.[^\s@/]+$/.test(entry)) add(domains, entry.replace(/^\*?\.|\.$/g, ''), name);
    }
  }
  return {
    ofAddress(ip) {
      if (ip === undefined || networks.size === 0) return undefined;
      const bits = bitsOf(ip);
      return bits === undefined
        ? undefined
        : collect([...lengths].map((length) => networks.get(networkKey(bits, length))));
    },
    ofDomain(domain) {
      if (domain === undefined || domains.size === 0) return undefined;
      const labels = domain.split('.');
      return collect(labels.map((_, from) => domains.get(labels.slice(from).join('.'))));
    },
  };
}

/** Length of the text tells IPv4 from IPv6, so one map holds both. */
function networkKey(bits: string, length: number): string {
  return `${bits.length}:${bits.slice(0, length)}`;
}

function bitsOf(address: string): string | undefined {
  const v4 = parseIpv4(address);
  if (v4) return v4.map((octet) => octet.toString(2).padStart(8, '0')).join('');
  if (!address.includes(':')) return undefined;
  return parseIpv6(address)
    ?.map((group) => group.toString(2).padStart(16, '0'))
    .join('');
}

function add(map: Map<string, Set<string>>, key: string, name: string): void {
  const names = map.get(key);
  if (names) names.add(name);
  else map.set(key, new Set([name]));
}

function collect(sets: readonly (ReadonlySet<string> | undefined)[]): readonly string[] | undefined {
  const names = new Set(sets.flatMap((set) => [...(set ?? [])]));
  return names.size > 0 ? [...names].sort() : undefined;
}
