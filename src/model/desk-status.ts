/** What somebody at the desk decided on a finding. */
import { z } from 'zod';
import { OUTCOMES } from './finding.ts';

/** What the desk can say of a finding or a task. */
export const DESK_STATUSES = ['open', 'acknowledged', 'closed'] as const;

/**
 * Why a finding was closed: dealt with together with the person, handed over to somebody else, a test or drill, nothing
 * to be done. `false-alarm`: it counts nowhere any more, and is kept as a labeled case.
 */
export const CLOSE_REASONS = ['handled', 'with-others', 'test', 'no-action', 'false-alarm'] as const;

/** What somebody at the desk decided on a finding. Absent: nobody has looked at it yet. */
export const DeskStatus = z.object({
  status: z.enum(DESK_STATUSES),
  /** Object id of the officer; `postern` when what was closed became worse and was opened again. */
  by: z.string(),
  at: z.coerce.date(),
  reason: z.enum(CLOSE_REASONS).exactOptional(),
  note: z.string().exactOptional(),
  /** What it was decided on. */
  revision: z.string(),
  outcome: z.enum(OUTCOMES),
});
/** What somebody at the desk decided on a finding. */
export type DeskStatus = z.infer<typeof DeskStatus>;
