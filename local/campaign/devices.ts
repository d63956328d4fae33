/** What people and attackers sign in with. */
import type { Random } from './random.ts';

/** A device as a sign-in shows it. An empty id = not known to the tenant (a private or unmanaged device). */
export interface Device {
  readonly id: string;
  readonly name: string;
  readonly system: string;
  readonly browser: string;
  readonly userAgent: string;
  readonly managed: boolean;
}

type Make = Omit<Device, 'id' | 'name' | 'managed'>;

const WEBKIT = 'AppleWebKit/537.36 (KHTML, like Gecko)';
const make = (system: string, browser: string, userAgent: string): Make => ({ system, browser, userAgent });

const LAPTOPS: readonly Make[] = [
  make(
    'Windows 11',
    'Edge 140.0.3485',
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0`,
  ),
  make(
    'Windows 11',
    'Edge 139.0.3405',
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/139.0.0.0 Safari/537.36 Edg/139.0.0.0`,
  ),
  make(
    'Windows 11',
    'Chrome 140.0.0',
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/140.0.0.0 Safari/537.36`,
  ),
  make(
    'MacOs',
    'Safari 18.5',
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
  ),
  make('Linux', 'Firefox 142.0', 'Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0'),
];

const PHONES: readonly Make[] = [
  make(
    'Ios 18.6',
    'Mobile Safari',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
  ),
  make(
    'Android 15',
    'Chrome Mobile 140.0.0',
    `Mozilla/5.0 (Linux; Android 15; SM-S921B) ${WEBKIT} Chrome/140.0.0.0 Mobile Safari/537.36`,
  ),
  make('Android 14', 'Rich Client 4.65.0', 'Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8)'),
];

/** What the attackers' requests claim to be: mostly what everybody uses, some of it old or odd. */
const ATTACK_CLIENTS: readonly Make[] = [
  ...LAPTOPS.slice(1, 3),
  make(
    'Windows 10',
    'Firefox 115.0',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:115.0) Gecko/20100101 Firefox/115.0',
  ),
  make(
    'Windows 10',
    'Chrome 126.0.0',
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/126.0.0.0 Safari/537.36`,
  ),
  make('Linux', 'Chrome 131.0.0', `Mozilla/5.0 (X11; Linux x86_64) ${WEBKIT} Chrome/131.0.0.0 Safari/537.36`),
  make('Linux', 'Firefox 128.0', 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'),
  make(
    'MacOs',
    'Safari 17.4',
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15',
  ),
  make(
    'Android 10',
    'Chrome Mobile 124.0.0',
    `Mozilla/5.0 (Linux; Android 10; K) ${WEBKIT} Chrome/124.0.0.0 Mobile Safari/537.36`,
  ),
];

/** A work laptop that the tenant manages. */
export function newLaptop(random: Random): Device {
  return { ...random.pick(LAPTOPS), id: random.uuid(), name: `LT-${random.int(10000, 99999)}`, managed: true };
}

/** A phone; most are registered with the tenant, some are not and show no id. */
export function newPhone(random: Random, registered: boolean): Device {
  const id = registered ? random.uuid() : '';
  return { ...random.pick(PHONES), id, name: registered ? `PH-${random.int(10000, 99999)}` : '', managed: false };
}

/** A computer that the tenant has never seen. */
export function borrowedComputer(random: Random): Device {
  return { ...random.pick(LAPTOPS), id: '', name: '', managed: false };
}

/** An attacker's browser: never a known device. */
export function attackClient(random: Random): Device {
  return { ...random.pick(ATTACK_CLIENTS), id: '', name: '', managed: false };
}
