/** How far a month is: a bar on a terminal, a line each few days elsewhere. On stderr. */
import { SingleBar } from 'cli-progress';
import { count } from '../../src/report/wording.ts';

/** What is shown. */
export interface Shown {
  readonly at: Date;
  readonly share: number;
  readonly attempts: number;
  readonly attacked: number;
  readonly compromised: number;
  readonly notices: number;
}

/** Shows until `stop`. */
export interface ProgressView {
  readonly update: (shown: Shown) => void;
  /** A line of its own between updates. */
  readonly say: (text: string) => void;
  readonly stop: () => void;
}

const LINE_EVERY_DAYS = 5;

/** Chooses by the stream. */
export function createProgressView(stream: NodeJS.WriteStream): ProgressView {
  return stream.isTTY ? createBar(stream) : createLines(stream);
}

function textOf({ at, attempts, attacked, compromised, notices }: Shown): string {
  const day = at.toISOString().slice(0, 10);
  return `${day}  ${count(attempts)} attempts  ${count(attacked)} attacked  ${count(compromised)} compromised  ${count(notices)} notices`;
}

function createBar(stream: NodeJS.WriteStream): ProgressView {
  const bar = new SingleBar({
    stream,
    format: (_options, { progress }, payload: { text?: string }) => {
      const width = Math.max(8, Math.min(24, (stream.columns ?? 80) - 76));
      const full = Math.round(progress * width);
      return ` ${'█'.repeat(full)}${'░'.repeat(width - full)} ${payload.text ?? ''}`;
    },
    clearOnComplete: true,
    hideCursor: true,
    linewrap: false,
    fps: 10,
    gracefulExit: false,
  });
  bar.start(1, 0, { text: '' });
  return {
    update: (shown) => bar.update(shown.share, { text: textOf(shown) }),
    say: (text) => void stream.write(`\r\u001b[K${text}\n`),
    stop: () => bar.stop(),
  };
}

function createLines(stream: NodeJS.WriteStream): ProgressView {
  let next = 0;
  return {
    update(shown) {
      const day = Math.floor(shown.at.getTime() / 86_400_000);
      if (day < next) return;
      next = day + LINE_EVERY_DAYS;
      stream.write(`   ${textOf(shown)}\n`);
    },
    say: (text) => void stream.write(`   ${text}\n`),
    stop: () => undefined,
  };
}
