/** The 32 partitions of the table `evidence`: everything about one person, or one cross-person group, is in one of them. */
import { createHash } from 'node:crypto';

/** A table partition takes about 2,000 entities a second; this many spread the load and keep transactions few. */
export const BUCKET_COUNT = 32;

/** All buckets, `b00` to `b31`. */
export const BUCKETS: readonly string[] = Array.from({ length: BUCKET_COUNT }, (_, index) => nameOf(index));

/** The bucket of a person id or of a group's hash. */
export function bucketOf(key: string): string {
  return nameOf(createHash('sha256').update(key).digest().readUInt16BE(0) % BUCKET_COUNT);
}

function nameOf(index: number): string {
  return `b${String(index).padStart(2, '0')}`;
}
