/** What measurements are printed with. */
import { cpus, totalmem } from 'node:os';

/** One line: processors, memory, Node. */
export function machine(): string {
  const [first] = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} × ${first?.model.trim() ?? 'CPU'}, ${gigabytes} GB, Node ${process.version}`;
}

/** The one in the middle; of an even number the upper one. 0 of none. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** One line per goal. Returns whether it was met. */
export function told(name: string, value: number, unit: string, goal: number | undefined): boolean {
  const isMet = goal === undefined || value <= goal;
  const against = goal === undefined ? '' : `  goal ≤ ${goal}${unit} ${isMet ? 'met' : 'MISSED'}`;
  console.log(`${name.padEnd(34)} ${`${value}${unit}`.padStart(12)}${against}`);
  return isMet;
}
