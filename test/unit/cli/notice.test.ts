import { describe, expect, it } from 'vitest';
import { reportText, startedText } from '../../../cli/drill.ts';
import { verifiedText } from '../../../cli/notice.ts';
import type { Verified } from '../../../src/live/notice-api.ts';

const AT = new Date('2026-09-25T09:40:12Z');
const GENUINE: Extract<Verified, { result: 'genuine' }> = {
  result: 'genuine',
  reference: 'K7Q49M2X',
  person: 'p_1234567890abcdef',
  name: 'Jane Nilsen',
  finding: 'f_1',
  state: 'got-in',
  card: { number: 12, words: 'amber kite' },
  notices: [
    { kind: 'email', variant: 'normal', channel: 'c_1', at: AT, status: 'delivered' },
    { kind: 'sms', variant: 'desk-line', channel: 'c_2', at: AT, status: 'failed' },
  ],
};

describe('postern notice verify', () => {
  it('says whose a notice is, where it went, and which words it quotes', () => {
    // As it comes over HTTP.
    expect(verifiedText(JSON.parse(JSON.stringify(GENUINE)) as Verified)).toBe(
      [
        'Ours: K7Q4-9M2X',
        '  to      Jane Nilsen (p_1234567890abcdef)',
        '  about   someone got in, finding f_1',
        '  sent    2026-09-25 09:40 UTC, mail, normal, delivered (c_1)',
        '  sent    2026-09-25 09:40 UTC, SMS, desk-line, failed (c_2)',
        '  words   number 12: amber kite. Let the person name them; never read them out.',
        '',
      ].join('\n'),
    );
  });

  it('a replaced card proves nothing, a drill is one, and whoever left is said to have', () => {
    const { name: _, state: __, finding: ___, ...left } = GENUINE;
    const text = verifiedText({
      ...left,
      card: { number: 1, words: 'mast clog', isReplaced: true },
      notices: [{ kind: 'sms', variant: 'drill', channel: 'c_1', at: AT, status: 'accepted' }],
    });
    expect(text).toContain('  to      p_1234567890abcdef, who is not enrolled any more\n');
    expect(text).toContain('  about   a drill: nothing happened\n');
    expect(text).toContain('of a card that was replaced: who knows them has proven nothing.\n');
  });

  it('without a pair the desk asks something else', () => {
    const { card: _, ...bare } = GENUINE;
    expect(verifiedText(bare)).toContain('it quotes none: ask the person something else');
  });

  it('a name cannot drive the terminal', () => {
    const lines = verifiedText({ ...GENUINE, name: 'Jane\u001b[2J\nOurs: X' }).split('\n');
    expect(lines).toHaveLength(7);
    expect(lines.join('')).not.toContain('\u001b');
  });

  it.each([
    [{ result: 'unreadable' }, 'This is no reference.'],
    [{ result: 'unknown', reference: 'K7Q49M2Z' }, 'Not ours: no notice has the reference K7Q4-9M2Z.'],
    [
      { result: 'code', reference: 'K7Q49M2Z', person: 'p_1', name: 'Jane' },
      'Ours: K7Q4-9M2Z is a code that the desk sent',
    ],
  ] as const)('%j', (verified, first) => {
    expect(verifiedText(verified)).toContain(first);
  });
});

describe('postern drill', () => {
  it.each([
    [3, false, '3 messages are on their way. Later: postern drill 2026-12 --report\n'],
    [
      1200,
      true,
      '1,200 messages are on their way. POSTERN_MODE is dry-run: they are written, and not sent.\nLater: postern drill 2026-12 --report\n',
    ],
    [0, false, 'Nothing to send: nobody volunteers, or the drill 2026-12 was sent before.\n'],
  ])('%i messages, dry-run %s', (messages, dryRun, text) => {
    expect(startedText('2026-12', messages, dryRun)).toBe(text);
  });

  it('says who was reached, and over what', () => {
    const text = reportText({
      name: '2026-12',
      volunteers: 3,
      reached: 1,
      people: [
        { person: 'p_1', reached: true, channels: [{ channel: 'c_1', kind: 'sms', status: 'delivered' }] },
        {
          person: 'p_2',
          reached: false,
          channels: [{ channel: 'c_2', kind: 'email', status: 'failed', why: 'BOUNCED' }],
        },
        { person: 'p_3', reached: false, channels: [] },
      ],
    });
    expect(text).toBe(
      [
        'Drill 2026-12: 1 of 3 volunteers reached',
        '  reached      p_1',
        '      SMS   c_1  delivered',
        '  NOT REACHED  p_2',
        '      mail  c_2  failed (BOUNCED)',
        '  NOT REACHED  p_3  no channel that can be used',
        '',
      ].join('\n'),
    );
  });
});
