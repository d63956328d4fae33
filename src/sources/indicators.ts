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

/** How many addresses are remembered. */
const REMEMBERED = 16_384;

/** Names of lists by entry. */
type Names = Set<string>;

/** Indexes the lists: looking up costs one map access per prefix length in use, however many entries there are. */
export function createIndicators(lists: readonly IndicatorList[]): Indicators {
  // Prefix length → prefix → names. IPv4 prefixes are numbers because nearly every event is looked up.
  const v4 = new Map<number, Map<number, Names>>();
  const v6 = new Map<number, Map<string, Names>>();
  const domains = new Map<string, Names>();
  for (const { name, entries } of lists) {
    for (const raw of entries) {
      const entry = raw.trim().toLowerCase();
      const [address = '', prefix] = entry.split('/');
      const octets = parseIpv4(address);
      const groups = octets ? undefined : parseIpv6(address);
      const size = octets ? 32 : 128;
      const length = prefix === undefined ? size : Number(prefix);
      const isLength = Number.isInteger(length) && length >= 0 && length <= size;
      if (octets && isLength) add(tableOf(v4, length), prefixOf(octets, length), name);
      else if (groups && isLength) add(tableOf(v6, length), bitsOf(groups).slice(0, length), name);
      else if (/^[^\s@/:]+\.[^\s@/:]+$/.test(entry) && !octets) add(domains, entry.replace(/^\*?\.|\.$/g, ''), name);
    }
  }
  const remembered = new Map<string, readonly string[] | null>();
  function lookUp(ip: string): readonly string[] | undefined {
    const octets = parseIpv4(ip);
    if (octets) return collect(v4, (table, length) => table.get(prefixOf(octets, length)));
    const groups = v6.size > 0 ? parseIpv6(ip) : undefined;
    if (!groups) return undefined;
    const bits = bitsOf(groups);
    return collect(v6, (table, length) => table.get(bits.slice(0, length)));
  }
  return {
    ofAddress(ip) {
      if (ip === undefined || v4.size + v6.size === 0) return undefined;
      const known = remembered.get(ip);
      if (known !== undefined) return known ?? undefined;
      if (remembered.size >= REMEMBERED) remembered.clear();
      const names = lookUp(ip);
      remembered.set(ip, names ?? null);
      return names;
    },
    ofDomain(domain) {
      if (domain === undefined || domains.size === 0) return undefined;
      const labels = domain.split('.');
      const suffixes = new Map(labels.map((_, from) => [from, labels.slice(from).join('.')]));
      return collect(suffixes, (suffix) => domains.get(suffix));
    },
  };
}

function prefixOf([a = 0, b = 0, c = 0, d = 0]: readonly number[], length: number): number {
  const address = a * 0x1000000 + b * 0x10000 + c * 0x100 + d;
  return Math.floor(address / 2 ** (32 - length));
}

function bitsOf(groups: readonly number[]): string {
  return groups.map((group) => group.toString(2).padStart(16, '0')).join('');
}

function tableOf<K>(tables: Map<number, Map<K, Names>>, length: number): Map<K, Names> {
  const known = tables.get(length);
  if (known) return known;
  const table = new Map<K, Names>();
  tables.set(length, table);
  return table;
}

function add<K>(table: Map<K, Names>, key: K, name: string): void {
  const names = table.get(key);
  if (names) names.add(name);
  else table.set(key, new Set([name]));
}

function collect<T>(
  tables: ReadonlyMap<number, T>,
  find: (table: T, length: number) => Names | undefined,
): readonly string[] | undefined {
  let found: Names | undefined;
  for (const [length, table] of tables) {
    const names = find(table, length);
    if (names) found = new Set([...(found ?? []), ...names]);
  }
  return found && [...found].sort();
}
