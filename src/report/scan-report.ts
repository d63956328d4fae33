/** What a scan ends in, as every report sees it. `ScanResult` of src/scan.ts with the time it took fits. */
import type { Problem } from '../errors.ts';
import type { Campaign, Finding } from '../model/finding.ts';

/** Something that could not be used, in words that hold nothing of its content. */
export interface ReportedProblem {
  /** 1-based; absent when it concerns the file as a whole. */
  readonly line?: number;
  /** What `line` counts: lines of a text, elements of an array. */
  readonly unit?: 'line' | 'element';
  readonly message: string;
  /**
   * Absent where it cost the one record. `rest`: the file, or all that came after a place in it, was not read. `nothing`:
   * the file is no export, so there was nothing to read.
   */
  readonly lost?: 'rest' | 'nothing';
}

/** What was read from one file. */
export interface FileReport {
  /** Path as it was given; a member of an archive as `logs.zip/audit.json`. */
  readonly name: string;
  /** Shape (`graph json`, `unified audit log csv`, …) → records. */
  readonly shapes: Readonly<Record<string, number>>;
  /** All records, read and passed over. */
  readonly records: number;
  /** Records that no rule can match, seen from their bytes. */
  readonly passedOver: number;
  /** Why → records that are understood and of no interest. */
  readonly ignored: Readonly<Record<string, number>>;
  /** Records that are not understood. */
  readonly unreadable: number;
  /** The first few of them. */
  readonly examples: readonly ReportedProblem[];
  /** What was wrong with the file itself. */
  readonly problems: readonly ReportedProblem[];
}

/** `blind`: evaluated, but a log that it needs is not among the input. `rejected`: the rule itself is wrong. */
export type RuleState = 'on' | 'staged' | 'off' | 'blind' | 'rejected';

/** One rule of the scan. */
export interface RuleReport {
  readonly name: string;
  readonly title: string;
  readonly state: RuleState;
  /** For `blind` and `rejected`: why, and what to do. */
  readonly why?: string;
  /** For `rejected`: every problem with its place. */
  readonly problems?: readonly Problem[];
  /** Matches of a detection rule. */
  readonly hits: number;
}

/** A rule that failed on some records. */
export interface FaultReport {
  readonly rule: string;
  readonly message: string;
  readonly count: number;
}

/** Counts in the words of the reference campaign: a person counts once, by the worst outcome; each includes the worse. */
export interface Totals {
  /** Recovery flows. */
  readonly attempts: number;
  /** Persons. */
  readonly identified: number;
  /** Persons. */
  readonly attacked: number;
  /** Persons. */
  readonly compromised: number;
}

/** Everything that a report tells. */
export interface ScanReport {
  /** In order of first evidence. */
  readonly findings: readonly Finding[];
  readonly campaigns: readonly Campaign[];
  readonly totals: Totals;
  readonly files: readonly FileReport[];
  readonly rules: readonly RuleReport[];
  readonly faults: readonly FaultReport[];
  /** Time of the earliest event read. */
  readonly from?: Date;
  /** Time of the latest event read. */
  readonly to?: Date;
  readonly records: number;
  /** How long the scan took. */
  readonly ms: number;
}
