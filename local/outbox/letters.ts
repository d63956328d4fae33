/** What was sent, kept in a file so that it outlives the process: one JSON line per letter. */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The way a letter came. */
export type Via = 'smtp' | 'acs-email' | 'acs-sms' | 'desk-webhook';

/** One mail, SMS or desk post, as it would have reached its reader. */
export interface Letter {
  readonly via: Via;
  /** The sender's id of it: sending it again under the same id adds nothing. */
  readonly id: string;
  /** When it came, by the clock of the replay. */
  readonly at: string;
  readonly from: string;
  readonly to: string;
  readonly subject?: string;
  readonly text: string;
  readonly html?: string;
  /** Headers that Postern sets: Auto-Submitted, Reply-To. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What an SMS sender wants back in its delivery report. */
  readonly tag?: string;
}

/** The box. */
export interface Letters {
  /** False when a letter of this way and id is there already. */
  readonly add: (letter: Letter) => boolean;
  readonly all: () => readonly Letter[];
}

/** Opens the box in `dir`, made when missing; without it letters live as long as the process. */
export function openLetters(dir?: string): Letters {
  const file = dir === undefined ? undefined : join(dir, 'letters.ndjson');
  if (dir !== undefined) mkdirSync(dir, { recursive: true, mode: 0o700 });
  const letters = file !== undefined && existsSync(file) ? readLines(file) : [];
  const keys = new Set(letters.map(keyOf));
  return {
    add(letter) {
      if (keys.has(keyOf(letter))) return false;
      keys.add(keyOf(letter));
      letters.push(letter);
      if (file !== undefined) appendFileSync(file, `${JSON.stringify(letter)}\n`, { mode: 0o600 });
      return true;
    },
    all: () => letters,
  };
}

function keyOf({ via, id }: Letter): string {
  return `${via} ${id}`;
}

/** A line that a crash cut off was never acknowledged, so its sender sends it again. */
function readLines(file: string): Letter[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return line === '' ? [] : [JSON.parse(line) as Letter];
      } catch {
        return [];
      }
    });
}
