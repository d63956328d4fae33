/** How far a long read is: a bar with rate and remaining time on a terminal, a line every few seconds elsewhere. Always on stderr. */
import { SingleBar } from 'cli-progress';
import { count, duration } from '../src/report/wording.ts';

/** How far a read is; `bytesTotal` 0 = not known. */
export interface Advance {
  readonly bytesRead: number;
  readonly bytesTotal: number;
  readonly records: number;
}

/** Shows advances until `stop`. */
export interface Progress {
  readonly update: (advance: Advance) => void;
  /** Clears the bar. Calling it twice does no harm. */
  readonly stop: () => void;
}

/** Where progress is shown. */
export interface ProgressOptions {
  readonly stream: NodeJS.WriteStream;
  /** False shows nothing. */
  readonly enabled: boolean;
  /** Clock in epoch ms; for tests. */
  readonly now?: () => number;
}

/** Between two lines where there is no terminal. */
const LINE_EVERY_MS = 5000;
/** Between two redraws of the bar. */
const DRAW_EVERY_MS = 100;

/** Chooses by the stream: bar, lines or nothing. */
export function createProgress({ stream, enabled, now = Date.now }: ProgressOptions): Progress {
  if (!enabled) return { update: () => undefined, stop: () => undefined };
  const started = now();
  return stream.isTTY ? createBar(stream, started, now) : createLines(stream, started, now);
}

function createBar(stream: NodeJS.WriteStream, started: number, now: () => number): Progress {
  const bar = new SingleBar({
    stream,
    format: (_options, { progress }, payload: { text?: string }) => {
      const width = Math.max(10, Math.min(30, (stream.columns ?? 80) - 60));
      const full = Math.round(progress * width);
      return ` ${'█'.repeat(full)}${'░'.repeat(width - full)} ${payload.text ?? ''}`;
    },
    clearOnComplete: true,
    hideCursor: true,
    linewrap: false,
    fps: 10,
    // Ctrl-C is handled by the command, which stops the bar and so restores the cursor.
    gracefulExit: false,
  });
  let drawn = 0;
  let open = false;
  return {
    update(advance) {
      const time = now();
      if (time - drawn < DRAW_EVERY_MS) return;
      drawn = time;
      const text = describe(advance, time - started);
      // A bar needs a total; without one it stays empty and the text tells the rest.
      if (!open) bar.start(advance.bytesTotal || 1, 0, { text });
      open = true;
      bar.update(advance.bytesTotal ? Math.min(advance.bytesRead, advance.bytesTotal) : 0, { text });
    },
    stop() {
      if (open) bar.stop();
      open = false;
    },
  };
}

function createLines(stream: NodeJS.WriteStream, started: number, now: () => number): Progress {
  let told = started;
  return {
    update(advance) {
      const time = now();
      if (time - told < LINE_EVERY_MS) return;
      told = time;
      stream.write(`${describe(advance, time - started)}\n`);
    },
    stop: () => undefined,
  };
}

/** `42 %, 1,234,567 records, 98,000 a second, 12 s left`. */
export function describe({ bytesRead, bytesTotal, records }: Advance, elapsedMs: number): string {
  const parts = [`${count(records)} records`];
  if (elapsedMs > 0) parts.push(`${count((records * 1000) / elapsedMs)} a second`);
  if (bytesTotal === 0) return parts.join(', ');
  const share = Math.min(1, bytesRead / bytesTotal);
  parts.unshift(`${Math.floor(share * 100)} %`);
  if (share > 0 && elapsedMs > 1000) {
    const leftMs = (elapsedMs / share) * (1 - share);
    parts.push(`${duration(Math.ceil(leftMs / 1000) * 1000)} left`);
  }
  return parts.join(', ');
}
