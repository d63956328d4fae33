/** A thread that reads one part of a file: evaluates records and hands over hits, places and names. */
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { assembleWatch } from '../assemble-watch.ts';
import { createIngest } from '../ingest.ts';
import { createEnrollment } from '../model/person.ts';
import type { Hit } from '../rules/schema.ts';
import { partSource } from '../sources/formats/byte-source.ts';
import { readSource } from './read-source.ts';
import type { KnownBefore, ThreadMessage, ThreadTask } from './threads.ts';

/** Bytes between two messages on progress. */
const PROGRESS_BYTES = 8 * 1024 * 1024;

const { part, settings } = workerData as ThreadTask;
const { people, hashKey, prefilter } = settings;
const watch = assembleWatch({ ...settings, hashKey: Buffer.from(hashKey) });
const hits: Hit[] = [];
const collector = { add: (hit: Hit) => hits.push(hit) > 0, matches: () => [] };
const ingest = createIngest({
  ...settings,
  ...watch,
  correlator: collector,
  ...(people && { enrollment: createEnrollment(people) }),
});
say({ kind: 'ready' });
if (parentPort) {
  const [known] = (await once(parentPort, 'message')) as [KnownBefore];
  ingest.absorb([{ learned: { ...known, waiting: [], faults: new Map(), alone: new Map() }, hits: [] }]);
}
let told = 0;
const read = await readSource(partSource(part.path, part.from, part.to), {
  watch,
  ingest,
  prefilter,
  isLines: true,
  onProgress(bytesRead, records) {
    if (bytesRead < told + PROGRESS_BYTES) return;
    told = bytesRead;
    say({ kind: 'progress', bytesRead, records });
  },
});
say({ kind: 'done', result: { read, hits, learned: ingest.learned() } });

function say(message: ThreadMessage): void {
  parentPort?.postMessage(message);
}
