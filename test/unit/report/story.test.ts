import { describe, expect, it } from 'vitest';
import { gist, originsText, storyText, tellStory } from '../../../src/report/story.ts';
import { clock, count, counted, duration, period, problemText, visible } from '../../../src/report/wording.ts';
import { finding, signal, takeover } from './sample-report.ts';

describe('the story of a finding', () => {
  it('tells every step in order, with its account, and its place where that changes', () => {
    expect(storyText(takeover())).toEqual([
      'Tue 12 Aug 2025, 09:14 the recovery options of the account were shown (ada@example.org), from 192.0.2.7, NL, windows/edge',
      '09:15 to 09:16 a code by email was asked for (2 times, ada@example.org)',
      '09:17 a verification code arrived in the secondary mailbox (ada.private@example.net)',
      '09:20 the password was reset (ada@example.org)',
      '10:05 somebody signed in from a new place (ada@example.org)',
    ]);
  });

  it('leaves the account out where there is only one, and the place where the log does not say', () => {
    const { ip, network, country, client, ...placeless } = signal('09:14', 'a code was asked for');
    expect([ip, network, country, client].every((part) => part)).toBe(true);
    expect(storyText(finding([placeless]))).toEqual(['Tue 12 Aug 2025, 09:14 a code was asked for']);
  });

  it.each([
    ['another text', { story: 'b' }],
    ['another place', { ip: '192.0.2.99' }],
    ['another day', { at: new Date('2025-08-13T09:15:00Z') }],
  ])('tells neighbors apart that have %s', (_, difference) => {
    const lines = tellStory(finding([signal('09:14', 'a'), signal('09:15', 'a', difference)]));
    expect(lines.map(({ count: times }) => times)).toEqual([1, 1]);
  });

  it('names the day again only when it changes', () => {
    const evidence = [signal('23:59', 'a'), signal('00:01', 'b', { at: new Date('2025-08-13T00:01:00Z') })];
    expect(storyText(finding(evidence)).map((line) => line.slice(0, 15))).toEqual([
      'Tue 12 Aug 2025',
      'Wed 13 Aug 2025',
    ]);
  });

  it('sums up attempts and addresses', () => {
    expect(gist(takeover())).toBe('1 attempt from 1 address');
    expect(gist(finding([signal('09:14', 'a')], { attempts: 0 }))).toBe('1 signal from 1 address');
  });
});

describe('the origins of a campaign', () => {
  it.each([
    [['ip 192.0.2.7'], 'address 192.0.2.7'],
    [['ip a', 'ip b', 'ip c', 'network n'], '3 addresses (a, b and 1 more), network n'],
    [['the same recovery phone or address'], 'the same recovery phone or address'],
    [['constructor x'], 'constructor x'],
    [[], ''],
  ])('%j', (origins, text) => expect(originsText(origins, 2)).toBe(text));
});

describe('words', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [2700, '2,700'],
    [1_234_567, '1,234,567'],
  ])('count(%d)', (value, text) => expect(count(value)).toBe(text));

  it.each([
    [1, '1 attempt'],
    [0, '0 attempts'],
  ])('counted(%d)', (value, text) => expect(counted(value, 'attempt')).toBe(text));

  it.each([
    [1234, '1.2 s'],
    [59_400, '59 s'],
    [27 * 60_000, '27 min'],
    [130 * 60_000, '2 h 10 min'],
    [119.6 * 60_000, '2 h'],
    [75 * 3600_000, '3 d 3 h'],
    [48 * 3600_000, '2 d'],
  ])('duration(%d)', (ms, text) => expect(duration(ms)).toBe(text));

  it.each([
    ['2025-08-12T09:14:00Z', '2025-08-12T09:14:30Z', '12 Aug 2025, 09:14'],
    ['2025-08-12T09:14:00Z', '2025-08-12T09:41:00Z', '12 Aug 2025, 09:14 to 09:41'],
    ['2025-08-12T09:14:00Z', '2025-08-13T09:14:00Z', '12 Aug 2025, 09:14 to 13 Aug, 09:14'],
    ['2025-12-31T09:14:00Z', '2026-01-01T09:14:00Z', '31 Dec 2025, 09:14 to 1 Jan 2026, 09:14'],
  ])('period %s to %s', (first, last, text) => expect(period(new Date(first), new Date(last))).toBe(text));

  it('is in UTC', () => expect(clock(new Date('2025-08-12T09:14:00+02:00'))).toBe('07:14'));

  it.each([
    [{ line: 1700, unit: 'line' as const, message: 'no date' }, 'line 1,700: no date'],
    [{ line: 3, unit: 'element' as const, message: 'no date' }, 'element 3: no date'],
    [{ message: 'file is empty' }, 'file is empty'],
  ])('says where a problem is', (problem, text) => expect(problemText(problem)).toBe(text));

  it.each([
    ['\u001b[31mred\u0007', '␛[31mred␇'],
    ['invoice\u202egnp.exe', 'invoice\ufffdgnp.exe'],
    ['two\r\nlines', 'two␍␊lines'],
    ['\u009b2J', '\ufffd2J'],
    ['Zoë 王 🗝', 'Zoë 王 🗝'],
  ])('makes %j visible', (text, shown) => expect(visible(text)).toBe(shown));
});
