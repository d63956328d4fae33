/** Reads the parts of one file in threads and brings together what they learned. */
import { Worker } from 'node:worker_threads';
import type { Learned } from '../ingest.ts';
import type { Person } from '../model/person.ts';
import type { ParsedContent } from '../parsed-content.ts';
import type { Hit, RuleMode, Scalar } from '../rules/schema.ts';
import type { SourceRead } from './read-source.ts';
import type { FilePart } from './split.ts';

/** What a thread needs to evaluate as the others do. Plain data. */
export interface ThreadSettings {
  /** Parsed already: doing it again would take a thread longer than all the rest of its start. */
  readonly content: ParsedContent;
  readonly placeholders?: Readonly<Record<string, readonly Scalar[]>>;
  readonly modes?: Readonly<Record<string, RuleMode>>;
  readonly people?: readonly Person[];
  readonly since?: Date;
  readonly until?: Date;
  readonly prefilter: boolean;
  /** The same for all, or equal numbers would not be equal any more. */
  readonly hashKey: Uint8Array;
}

/** What a thread is started with. */
export interface ThreadTask {
  readonly part: FilePart;
  readonly settings: ThreadSettings;
}

/** What a thread found. Plain data. */
export interface PartRead {
  readonly read: SourceRead;
  readonly learned: Learned;
  readonly hits: readonly Hit[];
}

/** What a thread is told before it reads: accounts' names and places that are known by then. Plain data. */
export type KnownBefore = Pick<Learned, 'histories' | 'names'>;

/** What a thread says. */
export type ThreadMessage =
  /** It has started, and waits to be told what is known. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly bytesRead: number; readonly records: number }
  | { readonly kind: 'done'; readonly result: PartRead };

/** Megabytes for records that die young, as the command gives itself. */
const YOUNG_MB = 12;

/** Who is asked and told while threads read. */
export interface ThreadHooks {
  /** Called when a thread is ready to read. */
  readonly known: () => KnownBefore;
  readonly onProgress: (bytesRead: number, records: number) => void;
}

/**
 * Reads all parts at the same time; the results are in the order of the parts. Rejects when a thread fails, and with the
 * reason of `signal` when that stops it; then no thread is left running.
 */
export async function readInThreads(
  parts: readonly FilePart[],
  settings: ThreadSettings,
  { known, onProgress }: ThreadHooks,
  signal?: AbortSignal,
): Promise<readonly PartRead[]> {
  const workers: Worker[] = [];
  const state = parts.map(() => ({ bytesRead: 0, records: 0 }));
  const sum = (name: 'bytesRead' | 'records') => state.reduce((total, part) => total + part[name], 0);
  try {
    return await Promise.all(
      parts.map((part, index) => {
        const worker = new Worker(new URL('./thread.ts', import.meta.url), {
          workerData: { part, settings } satisfies ThreadTask,
          resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
        });
        workers.push(worker);
        const note: ThreadHooks['onProgress'] = (bytesRead, records) => {
          state[index] = { bytesRead, records };
          onProgress(sum('bytesRead'), sum('records'));
        };
        return resultOf(worker, { known, onProgress: note }, signal);
      }),
    );
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function resultOf(
  worker: Worker,
  { known, onProgress }: ThreadHooks,
  signal: AbortSignal | undefined,
): Promise<PartRead> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal?.reason);
    if (signal?.aborted) return stop();
    signal?.addEventListener('abort', stop, { once: true });
    worker.on('message', (message: ThreadMessage) => {
      if (message.kind === 'ready') worker.postMessage(known());
      else if (message.kind === 'progress') onProgress(message.bytesRead, message.records);
      else resolve(message.result);
    });
    worker.on('error', reject);
    worker.on('exit', (code) => reject(new Error(`a reading thread ended with code ${code} before it was done`)));
  });
}
