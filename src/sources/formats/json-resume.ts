import { skipSpace } from './json-scan.ts';
import { fill, type Window } from './window.ts';

/** Passes over a value that is larger than a record may be, without keeping it. */
export async function dropValue(window: Window): Promise<void> {
  let level = 0;
  let inString = false;
  let escaped = false;
  do {
    for (let at = window.start; at < window.end; at += 1) {
      const byte = window.buffer[at] as number;
      if (escaped) escaped = false;
      else if (inString) {
        if (byte === 0x5c) escaped = true;
        else if (byte === 0x22) inString = false;
      } else if (byte === 0x22) inString = true;
      else if ((byte | 0x20) === 0x7b) level += 1;
      else if ((byte | 0x20) === 0x7d) level -= 1;
      if (level <= 0 && !inString) {
        window.start = at + 1;
        return;
      }
    }
    window.start = window.end;
  } while (await fill(window));
}

/**
 * After broken JSON at `broken`: goes on at the next line that starts an object or list with the same indentation.
 * `inside` the same list, at the outermost level (`outside` of any list), or nowhere before the `end`.
 */
export async function resume(window: Window, broken: number): Promise<'inside' | 'outside' | 'end'> {
  const indent = indentation(window.buffer, broken);
  window.start = broken + 1;
  for (;;) {
    let newline = window.buffer.indexOf(10, window.start);
    while (newline >= 0 && newline + indent + 1 < window.end) {
      const at = newline + 1 + indent;
      const blank = skipSpace(window.buffer, newline + 1, at) === at;
      if (blank && ((window.buffer[at] as number) | 0x20) === 0x7b) {
        window.start = at;
        return indent > 0 ? 'inside' : 'outside';
      }
      window.start = newline + 1;
      newline = window.buffer.indexOf(10, window.start);
    }
    const rest = newline >= 0 && newline < window.end ? newline : window.end;
    window.start = rest;
    if (!(await fill(window))) {
      window.start = window.end;
      return 'end';
    }
  }
}

function indentation(buffer: Buffer, at: number): number {
  let from = at;
  while (from > 0 && (buffer[from - 1] === 0x20 || buffer[from - 1] === 9)) from -= 1;
  return from > 0 && buffer[from - 1] === 10 ? at - from : 0;
}
