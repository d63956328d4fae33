import { describe, expect, it } from 'vitest';
import { createProgress, describe as describeAdvance } from '../../../cli/progress.ts';

function fakeStream(isTTY: boolean): { stream: NodeJS.WriteStream; text: () => string } {
  let written = '';
  const stream = {
    isTTY,
    columns: 100,
    write: (text: string) => {
      written += text;
      return true;
    },
  };
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => written };
}

describe('progress', () => {
  it.each([
    [{ bytesRead: 0, bytesTotal: 0, records: 10 }, 0, '10 records'],
    [{ bytesRead: 5, bytesTotal: 0, records: 2000 }, 2000, '2,000 records, 1,000 a second'],
    [{ bytesRead: 25, bytesTotal: 100, records: 2000 }, 2000, '25 %, 2,000 records, 1,000 a second, 6 s left'],
    [{ bytesRead: 120, bytesTotal: 100, records: 2000 }, 2000, '100 %, 2,000 records, 1,000 a second, 0 s left'],
  ])('%j after %d ms', (advance, elapsed, text) => expect(describeAdvance(advance, elapsed)).toBe(text));

  it('is a line every few seconds where there is no terminal', () => {
    const { stream, text } = fakeStream(false);
    let time = 0;
    const progress = createProgress({ stream, enabled: true, now: () => time });
    for (time = 0; time <= 11_000; time += 100) progress.update({ bytesRead: time, bytesTotal: 22_000, records: time });
    progress.stop();
    expect(text()).toBe(
      '22 %, 5,000 records, 1,000 a second, 17 s left\n45 %, 10,000 records, 1,000 a second, 12 s left\n',
    );
  });

  it('is a bar on a terminal, and leaves the cursor as it was', () => {
    const { stream, text } = fakeStream(true);
    const full = Object.assign(stream, { cursorTo: () => true, clearLine: () => true, moveCursor: () => true });
    let time = 0;
    const progress = createProgress({ stream: full, enabled: true, now: () => time });
    for (time = 0; time <= 3000; time += 100) progress.update({ bytesRead: time, bytesTotal: 6000, records: time });
    progress.stop();
    progress.stop();
    expect(text()).toContain('█');
    expect(text().lastIndexOf('\u001b[?25h')).toBeGreaterThan(text().lastIndexOf('\u001b[?25l'));
  });

  it('is nothing when it is not wanted', () => {
    const { stream, text } = fakeStream(true);
    const progress = createProgress({ stream, enabled: false });
    progress.update({ bytesRead: 1, bytesTotal: 2, records: 3 });
    progress.stop();
    expect(text()).toBe('');
  });
});
