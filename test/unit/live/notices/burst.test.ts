import { describe, expect, it } from 'vitest';
import { runBurst } from '../../../../bench/burst.ts';

describe('241 findings at once, 4 of them break-ins, 30 mails a minute and 100 an hour', () => {
  it('all break-ins are out within the first minute, nothing is lost, nothing is sent twice', async () => {
    const result = await runBurst();
    expect(result.breakInSeconds).toBeLessThanOrEqual(60);
    expect(result).toMatchObject({
      people: 241,
      breakIns: 4,
      notices: 482,
      lost: 0,
      duplicates: 0,
      refused: 0,
      tasks: 0,
    });
    // 241 mails to people and 8 to the desk at 100 an hour, of which attempts may use 60: not much longer than that takes.
    expect(result.allMinutes).toBeLessThan(300);
    expect(result.messagesPerNotice).toBeLessThan(20);
  }, 30_000);
});
