import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createFileClock, setClockFile } from '../../src/azure/clock.ts';
import { ConfigError } from '../../src/errors.ts';

describe('the clock of a replay', () => {
  const dir = mkdtempSync(join(tmpdir(), 'postern-clock-'));
  const path = join(dir, 'clock');
  afterAll(() => rmSync(dir, { recursive: true }));

  it('shows what the file says, to every reader', async () => {
    setClockFile(path, new Date('2026-09-01T00:00:00Z'));
    const [one, other] = [createFileClock(path), createFileClock(path)];
    expect(one.now()).toEqual(new Date('2026-09-01T00:00:00Z'));
    await one.sleep(90_000);
    expect(other.now()).toEqual(new Date('2026-09-01T00:01:30Z'));
  });

  it('says what to do when there is no file', () => {
    expect(() => createFileClock(join(dir, 'none')).now()).toThrow(ConfigError);
  });
});
