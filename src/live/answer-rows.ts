/** What people answered: rows `answer:<reference>` of the ledger, in the person's partition. */
import { z } from 'zod';
import type { Rows, RowWrite } from '../ports.ts';

/** One answer, as it was given. */
export const GivenAnswer = z.strictObject({
  answer: z.enum(['me', 'not-me']),
  at: z.coerce.date(),
  via: z.enum(['page', 'sms', 'desk']),
  /**
   * `untainted`: it came from where the full notice went. `factor`: with proof that whoever holds the channel lacks.
   * `tainted`: from anywhere else.
   */
  trust: z.enum(['tainted', 'untainted', 'factor']),
});
/** One answer, as it was given. */
export type GivenAnswer = z.infer<typeof GivenAnswer>;

/** Everything that was answered to one reference. */
export const Answer = z.strictObject({
  reference: z.string(),
  /** Oldest first. */
  given: z.array(GivenAnswer).default([]),
  /** Number of a card pair that no notice has quoted: asked for once, to close. */
  challenge: z.number().int().optional(),
  /** Generation of the card that it is on; absent = the first. Of an earlier one it counts as never asked for. */
  challengeGeneration: z.number().int().min(1).optional(),
  /** The challenge was answered, right or wrong: it is not asked again. */
  challengeUsed: z.boolean().default(false),
  /** Closed by the person: "me", with proof. */
  closed: z.boolean().default(false),
});
/** Everything that was answered to one reference. */
export type Answer = z.infer<typeof Answer>;

/** An answer row with its tag; no tag: there is none yet. */
export interface StoredAnswer {
  readonly answer: Answer;
  readonly tag: string | undefined;
}

/** Reads what was answered to a reference. */
export async function loadAnswer(rows: Rows, person: string, reference: string): Promise<StoredAnswer> {
  const stored = await rows.get('ledger', person, rowOf(reference));
  return { answer: Answer.parse(stored?.value ?? { reference }), tag: stored?.tag };
}

/** The write that puts an answer over the version that was read. */
export function answerWrite({ tag }: StoredAnswer, answer: Answer): RowWrite {
  const row = rowOf(answer.reference);
  return tag === undefined ? { op: 'insert', row, value: answer } : { op: 'replace', row, value: answer, tag };
}

function rowOf(reference: string): string {
  return `answer:${reference}`;
}
