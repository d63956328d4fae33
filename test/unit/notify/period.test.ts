import { describe, expect, it } from 'vitest';
import type { Language } from '../../../src/model/enrolled-person.ts';
import { catalog } from '../../../src/notify/catalogs.ts';
import { formatDay, formatPeriod } from '../../../src/notify/period.ts';
import { plain } from '../../../src/notify/template.ts';

const from = new Date('2026-09-25T09:24:00Z');
const to = new Date('2026-09-25T09:40:00Z');

function period(language: Language, zone: string, start = from, end = to, state: 'tried' | 'changed' = 'changed') {
  return plain(formatPeriod(catalog(language), zone, state, start, end));
}

describe('periods', () => {
  it.each([
    ['en', 'Europe/Berlin', 'Friday, 25 September 2026, between 11:20 and 11:50 (Central European Summer Time)'],
    ['en', 'America/New_York', 'Friday, September 25, 2026, between 5:20 AM and 5:50 AM (Eastern Daylight Time)'],
    ['fa', 'Asia/Tehran', 'جمعه ۳ مهر ۱۴۰۵، بین ساعت ۱۲:۵۰ و ۱۳:۲۰ (وقت عادی ایران)'],
    ['fa', 'Asia/Kabul', 'جمعه ۳ میزان ۱۴۰۵، بین ساعت ۱۳:۵۰ و ۱۴:۲۰ (وقت افغانستان)'],
    ['fa', 'Europe/Berlin', 'جمعه ۲۵ سپتامبر ۲۰۲۶، بین ساعت ۱۱:۲۰ و ۱۱:۵۰ (وقت تابستانی مرکز اروپا)'],
    ['ar', 'Africa/Cairo', 'الجمعة ٢٥ سبتمبر ٢٠٢٦، بين الساعة ١٢:٢٠ م والساعة ١٢:٥٠ م (توقيت شرق أوروبا الصيفي)'],
    ['ar', 'Asia/Damascus', 'الجمعة ٢٥ أيلول ٢٠٢٦، بين الساعة ١٢:٢٠ م والساعة ١٢:٥٠ م (غرينتش+٠٣:٠٠)'],
    ['he', 'Asia/Jerusalem', 'יום שישי, 25 בספטמבר 2026, בין 12:20 ל-12:50, שעון ישראל (קיץ)'],
    ['ru', 'Europe/Moscow', 'Пятница, 25 сентября 2026 г., между 12:20 и 12:50 (Москва, стандартное время)'],
    ['uk', 'Europe/Kyiv', 'Пʼятниця, 25 вересня 2026 р., між 12:20 і 12:50 (за східноєвропейським літнім часом)'],
    ['zh', 'Asia/Shanghai', '2026年9月25日星期五，17:20 至 17:50 之间（中国标准时间）'],
    ['es', 'America/Bogota', 'Viernes 25 de septiembre de 2026, de 4:20 a.m. a 4:50 a.m. (hora estándar de Colombia)'],
    ['fr', 'Europe/Paris', 'Vendredi 25 septembre 2026, entre 11:20 et 11:50 (heure d’été d’Europe centrale)'],
  ] as const)('%s in %s', (language, zone, text) => {
    expect(period(language, zone).replaceAll('\u202f', ' ')).toBe(text);
  });

  it('span days where they do', () => {
    expect(period('en', 'Europe/Berlin', from, new Date('2026-09-26T22:05:00Z'))).toBe(
      'Between Friday, 25 September 2026, 11:20 and Sunday, 27 September 2026, 00:10 (Central European Summer Time)',
    );
  });

  it('are coarse for attempts: full hours', () => {
    expect(period('en', 'UTC', from, to, 'tried')).toBe(
      'Friday, 25 September 2026, between 09:00 and 10:00 (Coordinated Universal Time)',
    );
  });

  it.each([
    ['a single instant', from, from, 'between 09:20 and 09:30'],
    [
      'an instant on the boundary',
      new Date('2026-09-25T09:20:00Z'),
      new Date('2026-09-25T09:20:00Z'),
      'between 09:20 and 09:30',
    ],
    ['ends in the wrong order', to, from, 'between 09:20 and 09:50'],
  ])('are a period even of %s', (_, start, end, text) => {
    expect(period('en', 'UTC', start, end)).toContain(text);
  });

  it.each(['Mars/Olympus', '', 'GMT+25', '../etc'])('take the unknown zone %j as UTC', (zone) => {
    expect(period('en', zone)).toContain('Coordinated Universal Time');
  });
});

describe('days of SMS', () => {
  it.each([
    ['en', 'Europe/Berlin', '25 Sept'],
    ['en', 'America/Denver', 'Sep 25'],
    ['fa', 'Asia/Tehran', '۳ مهر'],
    ['ar', 'Africa/Algiers', '25 سبتمبر'],
    ['he', 'Asia/Jerusalem', '25 בספט׳'],
    ['ru', 'Europe/Moscow', '25 сент'],
    ['uk', 'Europe/Kyiv', '25 вер'],
    ['zh', 'Asia/Shanghai', '9月25日'],
    ['es', 'Europe/Madrid', '25 sept'],
    ['fr', 'Europe/Paris', '25 sept'],
  ] as const)('%s in %s', (language, zone, day) => {
    expect(formatDay(catalog(language), zone, from)).toBe(day);
  });
});
