import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LANGUAGES } from '../../../src/model/enrolled-person.ts';
import { NOTICE_STATES, NOTICE_VARIANTS } from '../../../src/model/notice.ts';
import { compose } from '../../../src/notify/compose.ts';
import { smsSize } from '../../../src/notify/sms-segments.ts';
import { context, notice, person } from './sample-notice.ts';

const UNSAFE = '[\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e]';

describe('a notice by mail', () => {
  it('reads so in English', () => {
    const { subject, text, language } = compose(notice(), person(), context());
    expect(language).toBe('en');
    expect(subject).toBe('Daily Herald security desk: please read, ref K7Q4-9M2X');
    expect(text).toBe(`Daily Herald security desk: someone got into your account (j…n@…).

For Jane Nilsen

When it happened
Friday, 25 September 2026, between 11:20 and 11:50 (Central European Summer Time)

What was changed
- A way to sign in was added.
- The password was changed or reset.

What it means
The signs are strong that this was not you, but we cannot be certain. Please treat it as real until the desk has checked it with you.

What we did
The security desk knows about this. So far we did not lock or change your account. We did not read your messages.

What to do
Call the security desk now: +15550100, the number on the safety card.

1. Call from a phone that you trust.
2. Do not write about this from the account itself.
3. Change your password and your ways to sign in together with the desk.

If you cannot call, write to desk@example.org from another account.

If it was you, please tell the desk as well.

You can also answer on the page whose address is printed on your card.

Is this notice real?
Reference: K7Q4-9M2X

Safety card, number 12: amber kite

If your card shows other words at this number, do not trust this notice. Call the desk.

We never ask for your password or for a sign-in code. Our notices have no links and no attachments.
`);
  });

  it('leaves out what is not known, and nothing else', () => {
    const { account: _a, from: _f, to: _t, card: _c, ...bare } = notice({ changes: [] });
    const settings = { organization: 'Daily Herald', draftLanguages: [] };
    const { text } = compose(bare, person(), settings);
    expect(text.split('\n')[0]).toBe('Daily Herald security desk: someone got into your account.');
    expect(text).not.toMatch(/When it happened|What was changed|Safety card, number|write to|page whose/);
    expect(text).toContain('Call the security desk now: the number is on the safety card.');
    expect(text).toContain('To check this notice, call the desk and read out the reference.');
  });

  it('names each kind of change once, and an unknown one as a setting', () => {
    const changes = ['mail-diverted', 'toString', 'no-such-kind', 'mail-diverted'];
    const { text } = compose(notice({ state: 'changed', changes }), person(), context());
    expect(text).toContain(
      'What was changed\n- A rule was set that forwards or hides mail.\n- A security setting was changed.\n\n',
    );
  });

  it('is neutral when nobody decided on a state', () => {
    const { state: _, ...stateless } = notice();
    const neutral = compose(notice({ variant: 'neutral' }), person(), context());
    expect(compose(stateless, person(), context())).toEqual(neutral);
    expect(neutral.subject).toBe('Daily Herald desk: please call, ref K7Q4-9M2X');
  });

  it('is one line for a channel that may be read by others', () => {
    const { text, subject } = compose(notice({ variant: 'desk-line' }), person(), context());
    expect(text).toBe('Daily Herald desk: please call the number on your card. Reference K7Q4-9M2X.\n');
    expect(subject).toBe('Daily Herald desk: please call, ref K7Q4-9M2X');
  });

  it('says of a code what it is for', () => {
    const { text, subject } = compose(notice({ variant: 'code', code: '918273' }), person(), context());
    expect(subject).toBe('Daily Herald security desk: your code');
    expect(text.split('\n\n').slice(0, 3)).toEqual([
      'Daily Herald security desk: your code is 918273.',
      'Give the code to the security desk and to nobody else.',
      'The code shows that this address reaches you. It works for 24 hours. If you did not expect it, you can ignore this message.',
    ]);
    expect(text).not.toContain('Jane');
  });

  it('asks the helper for one thing', () => {
    const { text } = compose(notice({ variant: 'helper' }), person(), context());
    expect(text.split('\n\n').slice(0, 4)).toEqual([
      'Daily Herald security desk: please help us to reach Jane Nilsen.',
      'We cannot reach Jane Nilsen ourselves. We cannot say more in a message.',
      'Please ask Jane Nilsen to call the security desk today: +15550100, the number on the safety card.',
      'Speak with them in person or by phone. Please do not forward this message.',
    ]);
  });
});

describe('directions', () => {
  it('isolates codes and names in right-to-left text', () => {
    const { text, subject } = compose(notice(), person({ language: 'fa', timeZone: 'Asia/Tehran' }), context());
    expect(text.split('\n').slice(0, 3)).toEqual([
      'تیم امنیت دیجیتال \u2068Daily Herald\u2069: کسی وارد حساب شما (\u2066j…n@…\u2069) شده است.',
      '',
      'برای \u2068Jane Nilsen\u2069',
    ]);
    expect(text).toContain('شماره پیگیری: \u2066K7Q4-9M2X\u2069\n');
    expect(text).toContain('کارت ایمنی، شماره \u206612\u2069: \u2066amber kite\u2069\n');
    expect(text).toContain('\u2066+15550100\u2069');
    expect(subject).toBe('تیم امنیت دیجیتال Daily Herald: لطفاً بخوانید، شماره پیگیری K7Q4-9M2X');
  });

  it('puts the direction on the page and, inline, on the block inside', () => {
    const { html } = compose(notice(), person({ language: 'he' }), context());
    expect(html).toContain('<html lang="he" dir="rtl">');
    expect(html).toContain('<div lang="he" dir="rtl" style="direction:rtl;text-align:right;');
    expect(html).toContain('(<bdi dir="ltr">j…n@…</bdi>)');
    expect(html).toContain('<bdi dir="ltr">K7Q4-9M2X</bdi>');
    expect(html).toContain('<bdi>Jane Nilsen</bdi>');
  });

  it('isolates a name of the other direction in left-to-right text, and nothing else', () => {
    const { text } = compose(notice(), person({ name: 'דנה כהן' }), context());
    expect(text).toContain('For \u2068דנה כהן\u2069\n');
    expect(text.match(/[\u2066-\u2069]/g)).toHaveLength(2);
  });

  it('keeps SMS within two, at the price of isolates and date', () => {
    const reader = person({ language: 'fa', timeZone: 'Asia/Tehran' });
    const short = compose(notice({ kind: 'sms' }), reader, context({ organization: 'NGO', cardPair: 'ice elm' })).text;
    expect(short).toBe(
      'از \u2068NGO\u2069: کسی وارد حساب \u2066j*n@*\u2069 شده است در ۳ مهر. همین حالا به شماره کارت ایمنی زنگ بزنید. پیگیری \u2066K7Q4-9M2X\u2069. کارت \u206612\u2069: \u2066ice elm\u2069.',
    );
    const long = compose(notice({ kind: 'sms' }), reader, context({ cardPair: 'copper walrus' })).text;
    expect(long).toBe(
      'از Daily Herald: کسی وارد حساب j*n@* شده است. همین حالا به شماره کارت ایمنی زنگ بزنید. پیگیری K7Q4-9M2X. کارت 12: copper walrus.',
    );
    expect([smsSize(short).segments, smsSize(long).segments]).toEqual([2, 2]);
  });
});

describe('a notice by SMS', () => {
  it.each([
    [
      { state: 'tried' },
      'Daily Herald: someone tried to get into your account j*n@* on 25 Sept. Not you? Call the number on your safety card. Ref K7Q4-9M2X. Card 12: amber kite.',
    ],
    [
      { state: 'changed' },
      'Daily Herald: something was changed in your account j*n@* on 25 Sept. Not you? Call the number on your safety card. Ref K7Q4-9M2X. Card 12: amber kite.',
    ],
    [
      { state: 'got-in' },
      'Daily Herald: someone got into your account j*n@* on 25 Sept. Call the number on your safety card now. Ref K7Q4-9M2X. Card 12: amber kite.',
    ],
    [
      { variant: 'neutral' },
      'Daily Herald desk: please call the number on your card today. Ref K7Q4-9M2X. Card 12: amber kite. No links.',
    ],
    [{ variant: 'desk-line' }, 'Daily Herald desk: please call the number on your card. Ref K7Q4-9M2X.'],
    [
      { variant: 'drill' },
      'Daily Herald: this is a drill, nothing happened. Please find your safety card. Ref K7Q4-9M2X. Card 12: amber kite.',
    ],
    [
      { variant: 'code', code: '918273' },
      'Daily Herald: your code is 918273. It works for 10 minutes. Give it to the security desk only. Ref K7Q4-9M2X.',
    ],
    [
      { variant: 'helper' },
      'Daily Herald: we cannot reach Jane Nilsen. Please ask them to call the number on their safety card. Ref K7Q4-9M2X.',
    ],
  ] as const)('%j', (parts, text) => {
    const composed = compose(notice({ kind: 'sms', ...parts }), person(), context());
    expect(composed).toEqual({ language: 'en', text });
    expect(smsSize(text)).toMatchObject({ encoding: 'GSM-7', segments: 1 });
  });

  it('costs one more when the organization is written in another script', () => {
    const { text } = compose(
      notice({ kind: 'sms', state: 'tried' }),
      person(),
      context({ organization: 'Вільна преса' }),
    );
    expect(text).not.toContain('on 25 Sept');
    expect(smsSize(text)).toMatchObject({ encoding: 'UCS-2', segments: 3 });
  });
});

describe('languages', () => {
  it('are English while a draft is not switched on', () => {
    const reader = person({ language: 'fa' });
    expect(compose(notice(), reader, context({ draftLanguages: ['ar'] })).language).toBe('en');
    expect(compose(notice(), reader, context({ draftLanguages: [] })).text).toBe(
      compose(notice(), person(), context()).text,
    );
    expect(compose(notice(), reader, context({ draftLanguages: ['fa'] })).language).toBe('fa');
  });
});

describe('texts from outside', () => {
  it('cannot bring a header, a link or a change of direction', () => {
    const evil = 'Eve\r\nBcc: x@example.org\u202e see https://evil.example/x www.evil.example <b>&';
    const { subject, text, html } = compose(notice(), person({ name: evil }), context({ organization: 'A\r\nBcc: x' }));
    expect(subject).toBe('A Bcc x security desk: please read, ref K7Q4-9M2X');
    expect(text).toContain('For Eve Bcc x example. org see https evil. example x www. evil.\n');
    expect(html).not.toMatch(/https?:|www\.\S|<b>/);
  });

  it.each([
    ['J.R. Smith', 'J. R. Smith'],
    ["Anne-Marie O'Neil", "Anne-Marie O'Neil"],
    ['Дар’я Ковальчук', 'Дар’я Ковальчук'],
    ['علی\u200cرضا', 'علی\u200cرضا'],
    ['Nguyễn Văn A', 'Nguyễn Văn A'],
    ['李小龙', '李小龙'],
  ])('leaves the name %s as it is written', (name, shown) => {
    expect(compose(notice(), person({ name }), context()).text.replace(/[\u2066-\u2069]/g, '')).toContain(
      `For ${shown}\n`,
    );
  });

  it('never keeps anybody from being told, and never leaves the line', () => {
    const outside = fc.string({ unit: 'binary', maxLength: 80 });
    const control = new RegExp(UNSAFE);
    fc.assert(
      fc.property(
        fc.record({
          name: outside,
          organization: outside,
          account: outside,
          zone: outside,
          code: outside,
          phone: outside,
          pair: outside,
          change: outside,
          language: fc.constantFrom(...LANGUAGES),
          variant: fc.constantFrom(...NOTICE_VARIANTS),
          state: fc.constantFrom(...NOTICE_STATES),
          kind: fc.constantFrom('email' as const, 'sms' as const),
        }),
        ({ name, organization, account, zone, code, phone, pair, change, language, variant, state, kind }) => {
          const { subject, text, html } = compose(
            notice({ account, code, changes: [change], variant, state, kind }),
            { name, language, timeZone: zone },
            context({ organization, deskPhone: phone, cardPair: pair }),
          );
          expect(subject ?? '').not.toMatch(control);
          expect(text.replaceAll('\n', '')).not.toMatch(control);
          expect((text.match(/[\u2066-\u2068]/g) ?? []).length).toBe((text.match(/\u2069/g) ?? []).length);
          if (kind === 'sms') expect(text).not.toContain('\n');
          if (html)
            expect(
              html.replace(/<\/?(?:!doctype|html|head|meta|title|body|div|h1|h2|p|ol|ul|li|bdi)\b[^<>]*>/g, ''),
            ).not.toMatch(/[<>]/);
        },
      ),
      { numRuns: 300 },
    );
  });
});
