/**
 * Where people and attackers are. Documentation ranges only (RFC 5737, 3849, 5398): 203.0.113.0/24 is the head office,
 * 198.51.100.0/24 the attackers', 192.0.2.0/24 the mail servers', everything else gets /48 networks of 2001:db8::/32.
 */
import type { Random } from './random.ts';

/** A city with its country and its hours ahead of UTC. */
export interface City {
  readonly country: string;
  readonly state: string;
  readonly name: string;
  readonly offset: number;
  readonly latitude: number;
  readonly longitude: number;
}

/** An address on the internet, as a sign-in shows it. */
export interface Spot {
  readonly ip: string;
  readonly asn: number;
  readonly city: City;
}

const city = (
  country: string,
  state: string,
  name: string,
  offset: number,
  latitude: number,
  longitude: number,
): City => ({ country, state, name, offset, latitude, longitude });

/** Where people live. */
export const HOME_CITIES: readonly City[] = [
  city('NO', 'Oslo', 'Oslo', 2, 59.91, 10.75),
  city('DE', 'Berlin', 'Berlin', 2, 52.52, 13.41),
  city('FR', 'Ile-de-France', 'Paris', 2, 48.86, 2.35),
  city('GB', 'England', 'London', 1, 51.51, -0.13),
  city('PL', 'Mazowieckie', 'Warsaw', 2, 52.23, 21.01),
  city('GR', 'Attica', 'Athens', 3, 37.98, 23.73),
  city('US', 'District of Columbia', 'Washington', -4, 38.91, -77.04),
  city('US', 'Illinois', 'Chicago', -5, 41.88, -87.63),
  city('KE', 'Nairobi', 'Nairobi', 3, -1.29, 36.82),
  city('JP', 'Tokyo', 'Tokyo', 9, 35.68, 139.69),
  city('IN', 'Delhi', 'New Delhi', 5, 28.61, 77.21),
  city('JO', 'Amman', 'Amman', 3, 31.96, 35.95),
];

/** Where people travel. */
export const TRAVEL_CITIES: readonly City[] = [
  city('CH', 'Geneve', 'Geneva', 2, 46.2, 6.14),
  city('AT', 'Wien', 'Vienna', 2, 48.21, 16.37),
  city('BE', 'Brussels', 'Brussels', 2, 50.85, 4.35),
  city('CA', 'Ontario', 'Ottawa', -4, 45.42, -75.7),
  city('SG', 'Singapore', 'Singapore', 8, 1.35, 103.82),
  city('ZA', 'Gauteng', 'Pretoria', 2, -25.75, 28.19),
  city('TR', 'Ankara', 'Ankara', 3, 39.93, 32.86),
  city('EG', 'Cairo', 'Cairo', 3, 30.04, 31.24),
  city('US', 'New York', 'New York', -4, 40.71, -74.01),
  city('BR', 'Distrito Federal', 'Brasilia', -3, -15.79, -47.88),
];

/** Where the attackers' rented servers stand; some of these countries are people's own, so country alone tells nothing. */
export const ATTACK_CITIES: readonly City[] = [
  city('NL', 'Noord-Holland', 'Amsterdam', 2, 52.37, 4.9),
  city('DE', 'Hessen', 'Frankfurt', 2, 50.11, 8.68),
  city('RO', 'Bucuresti', 'Bucharest', 3, 44.43, 26.1),
  city('BG', 'Sofia', 'Sofia', 3, 42.7, 23.32),
  city('FR', 'Hauts-de-France', 'Roubaix', 2, 50.69, 3.17),
  city('MD', 'Chisinau', 'Chisinau', 3, 47.01, 28.86),
  city('US', 'Nevada', 'Las Vegas', -7, 36.17, -115.14),
  city('HK', 'Hong Kong', 'Hong Kong', 8, 22.32, 114.17),
];

/** First /48 of each kind of network; the kinds never overlap. */
const BLOCK = { office: 0x10, carrier: 0x100, home: 0x1000, travel: 0x9000, friend: 0xb800, attack: 0xd000 } as const;
const HOMES = BLOCK.travel - BLOCK.home;

/** Documentation ASNs: 64496-64511 for people, 65536-65551 for attackers. */
const personAsn = (number: number): number => 64496 + (number % 16);
const attackAsn = (number: number): number => 65536 + (number % 16);

function address(network: number, subnet: number, host: number): string {
  return `2001:db8:${network.toString(16)}:${subnet.toString(16)}::${host.toString(16)}`;
}

/** The home of a household; the members of a family share the network. */
export function homeSpot(household: number, member: number, homeCity: City): Spot {
  const network = BLOCK.home + (household % HOMES);
  return { ip: address(network, 1, 0x10 + member), asn: personAsn(household), city: homeCity };
}

/** An office: the head office (0) hides everybody behind eight addresses, the others have a network each. */
export function officeSpot(office: number, desk: number): Spot {
  const officeCity = HOME_CITIES[office % HOME_CITIES.length] as City;
  const ip = office === 0 ? `203.0.113.${8 + (desk % 8)}` : address(BLOCK.office + office, 1, 1 + (desk % 4));
  return { ip, asn: personAsn(office), city: officeCity };
}

/** A phone on a mobile network: the carrier's /48, a different address every time. */
export function carrierSpot(carrier: number, carrierCity: City, random: Random): Spot {
  const host = address(BLOCK.carrier + carrier, random.int(1, 0xffff), random.int(1, 0xffff));
  return { ip: host, asn: personAsn(carrier + 8), city: carrierCity };
}

/** A hotel or conference network. */
export function travelSpot(random: Random): Spot {
  const network = random.int(BLOCK.travel, BLOCK.friend - 1);
  return { ip: address(network, 1, random.int(2, 0xffff)), asn: personAsn(network), city: random.pick(TRAVEL_CITIES) };
}

/** Somebody else's computer, in the person's own city. */
export function friendSpot(random: Random, near: City): Spot {
  const network = random.int(BLOCK.friend, BLOCK.attack - 1);
  return { ip: address(network, 1, random.int(2, 0xffff)), asn: personAsn(network), city: near };
}

/** How many networks the attackers rent for probing; higher numbers are free for single uses. */
export const ATTACK_NETWORKS = 110;

/** An address of one of the attackers' networks. Network 0 is 198.51.100.0/24. */
export function attackSpot(network: number, random: Random): Spot {
  const attackCity = ATTACK_CITIES[network % ATTACK_CITIES.length] as City;
  const host = random.int(2, 254);
  const ip = network === 0 ? `198.51.100.${host}` : address(BLOCK.attack + network, random.int(1, 255), host);
  return { ip, asn: attackAsn(network), city: attackCity };
}

/** The attackers' side of `postern`'s place logic: true for an address that only attackers use. */
export function isAttackAddress(ip: string): boolean {
  return ip.startsWith('198.51.100.') || /^2001:db8:d[0-9a-f]{3}:/.test(ip);
}
