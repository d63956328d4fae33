/** What the desk needs from the outside; src/wiring/desk.ts puts it together. */
import type { Settings } from '../../config.ts';
import type { ContactChannel } from '../../model/enrolled-person.ts';
import type { Clock, Graph, Rows } from '../../ports.ts';
import type { RuleReport } from '../../report/scan-report.ts';
import type { Answers } from '../answers.ts';
import type { Findings } from '../findings.ts';
import type { Gap } from '../gaps.ts';
import type { Health } from '../health.ts';
import type { Tasks } from '../inbox.ts';
import type { People } from '../people-store.ts';

/** What the watch says of itself. */
export interface WatchState {
  readonly gaps: readonly Gap[];
  readonly rules: readonly RuleReport[];
  readonly sources: Health['sources'];
  readonly timers: Health['timers'];
  readonly settings: Health['settings'];
}

/** What the desk needs. Every call @throws UpstreamError */
export interface DeskPorts {
  readonly rows: Rows;
  readonly clock: Clock;
  readonly settings: Settings;
  readonly findings: Findings;
  readonly tasks: Tasks;
  readonly people: () => Promise<People>;
  readonly answers: () => Promise<Answers>;
  readonly graph: () => Promise<Graph>;
  readonly watchState: () => Promise<WatchState>;
  /** Kinds of channel that some transport carries. */
  readonly sendable: () => Promise<ReadonlySet<ContactChannel['kind']>>;
  readonly hashContact?: (kind: 'email' | 'phone', value: string) => string;
  /** Appends to the audit trail, as the officer. */
  readonly note: (...entries: readonly TrailNote[]) => Promise<void>;
  /** Object id of the officer, or `key`. */
  readonly actor: string;
}

/** One thing that the officer did. */
export interface TrailNote {
  readonly action: string;
  readonly person?: string;
  readonly ref?: string;
  readonly detail?: string;
}
