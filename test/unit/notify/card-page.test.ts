import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { LANGUAGES } from '../../../src/model/enrolled-person.ts';
import { cardPairs, personCardKey } from '../../../src/notify/card.ts';
import { type CardContext, type CardHolder, cardPage } from '../../../src/notify/card-page.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');

function holder(parts: Partial<CardHolder> = {}): CardHolder {
  return { id: 'p_1', name: 'Jane Nilsen', language: 'en', timeZone: 'Europe/Berlin', ...parts };
}

function settings(parts: Partial<CardContext> = {}): CardContext {
  return {
    cardKey: KEY,
    organization: 'Daily Herald',
    deskPhone: '+15550100',
    deskEmail: 'desk@example.org',
    answerAddress: 'answer.example.org',
    smsReplies: true,
    senders: ['notices@desk.example.org', '+15550111'],
    draftLanguages: LANGUAGES,
    issuedAt: new Date('2026-09-01T12:00:00Z'),
    ...parts,
  };
}

/** What a reader sees. */
function textOf(page: string): string {
  return page
    .replace(/<(head|style)>.*?<\/\1>/gs, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');
}

describe('the printed card', () => {
  it.each(LANGUAGES)('in %s has all pairs, all ways to the desk, and nothing from outside', (language) => {
    const page = cardPage(holder({ language }), settings());
    const text = textOf(page);
    const pairs = cardPairs(personCardKey(KEY, 'p_1'));
    expect(pairs.filter((pair, index) => !text.includes(` ${index + 1} ${pair} `))).toEqual([]);
    for (const part of [
      'Daily Herald',
      'Jane Nilsen',
      '+15550100',
      'desk@example.org',
      'answer.example.org',
      'NO K7Q4-9M2X',
      'notices@desk.example.org',
      '+15550111',
    ]) {
      expect(text).toContain(part);
    }
    expect(page).toContain(`<html lang="${language}" dir="${['fa', 'ar', 'he'].includes(language) ? 'rtl' : 'ltr'}">`);
    expect(page).not.toMatch(/<script|<img|<a |href|src=|https?:|url\(|@import|style="| on[a-z]+="|[{}]\w+}/);
    expect(text).not.toMatch(/[{}]|undefined/);
  });

  it('allows its own style sheet and nothing else', () => {
    const page = cardPage(holder(), settings());
    const style = /<style>([\s\S]*?)<\/style>/.exec(page)?.[1] ?? '';
    const digest = createHash('sha256').update(style).digest('base64');
    expect(page).toContain(
      `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'">`,
    );
  });

  it('leaves a line to write on when the desk has no number yet, and no way that does not exist', () => {
    const text = textOf(
      cardPage(
        holder(),
        settings({
          deskPhone: undefined,
          deskEmail: undefined,
          answerAddress: undefined,
          smsReplies: false,
          senders: [],
        }),
      ),
    );
    expect(text).toContain('Write the number of the desk here:');
    expect(text).not.toMatch(/type this address|text message|Or write to|Our notices come from/);
  });

  it('shows names and settings as text', () => {
    const page = cardPage(
      holder({ name: '<script>alert(1)</script>' }),
      settings({ organization: '<b>"&', senders: ['<i>x'] }),
    );
    expect(page).not.toMatch(/<script|<b>"|<i>/);
    expect(page).toContain('&lt;i&gt;x');
  });

  it('is English while the language is a draft that is not switched on', () => {
    expect(cardPage(holder({ language: 'fa' }), settings({ draftLanguages: [] }))).toContain(
      '<html lang="en" dir="ltr">',
    );
  });
});
