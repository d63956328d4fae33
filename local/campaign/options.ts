/** What a campaign is generated from, and the words that its parts share. */
import type { SourceName } from '../../src/model/log-event.ts';
import type { Random } from './random.ts';

/** Milliseconds. */
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The log sources that the campaign writes. */
export type CampaignSource = Exclude<SourceName, 'authentication-methods'>;

/** One record, in the order in which a reader of Graph would get it. */
export interface CampaignRecord {
  readonly source: CampaignSource;
  /** A record in Microsoft Graph's shape. Not to be changed: repeated records share it. */
  readonly record: Readonly<Record<string, unknown>>;
  readonly arrivesAt: Date;
}

/** Everything has a default; the same options give the same bytes. */
export interface CampaignOptions {
  readonly seed?: number;
  /** How many people the tenant has. Default 4,000, at least 400. */
  readonly people?: number;
  /** Length of the log. Default 30, at least 12. */
  readonly days?: number;
  /** Start of the log, midnight UTC. Default 2026-09-01. */
  readonly from?: Date;
  /** Recovery flows started by attackers. Default 2,700. */
  readonly attempts?: number;
  /** Persons whose gates were tried or whose password was known. Default 241; the four compromised are among them. */
  readonly attacked?: number;
}

/** `CampaignOptions` with nothing left open. */
export interface CampaignSettings {
  readonly seed: number;
  readonly people: number;
  readonly days: number;
  /** Epoch ms. */
  readonly from: number;
  /** Epoch ms; no event is at or after it. */
  readonly end: number;
  readonly attempts: number;
  readonly attacked: number;
}

/** Fills in the defaults. Throws a RangeError for numbers that no campaign can be made of. */
export function settle(options: CampaignOptions): CampaignSettings {
  const { seed = 1, people = 4000, days = 30, attempts = 2700, attacked = 241 } = options;
  const from = (options.from ?? new Date('2026-09-01T00:00:00Z')).getTime();
  const whole = [seed, people, days, attempts, attacked, from].every(Number.isSafeInteger);
  if (!whole || people < 400 || days < 12) throw new RangeError('a campaign needs at least 400 people and 12 days');
  if (attacked < 20 || attacked > people / 2) throw new RangeError('attacked must be from 20 to half of the people');
  if (attempts < attacked * 4) throw new RangeError('attempts must be at least four times attacked');
  return { seed, people, days, from, end: from + days * DAY, attempts, attacked };
}

/** Where a part of the story writes to, and what it rolls dice with. */
export interface Scene {
  readonly random: Random;
  /** Writes a record of `at` (epoch ms). `detectedMs`: how long after `at` the service itself noticed (risk). */
  readonly put: (source: CampaignSource, at: number, record: Record<string, unknown>, detectedMs?: number) => void;
}

/** The account that a record is about. */
export interface Account {
  readonly id: string;
  readonly upn: string;
  readonly name: string;
}
