import { describe, expect, it } from 'vitest';
import { smsSize } from '../../../src/notify/sms-segments.ts';

describe('SMS sizes', () => {
  it.each([
    ['nothing', '', 'GSM-7', 0, 0],
    ['160 septets', 'a'.repeat(160), 'GSM-7', 1, 160],
    ['161 septets', 'a'.repeat(161), 'GSM-7', 2, 161],
    ['306 septets', 'a'.repeat(306), 'GSM-7', 2, 306],
    ['307 septets', 'a'.repeat(307), 'GSM-7', 3, 307],
    ['80 characters of the extension', '€'.repeat(80), 'GSM-7', 1, 160],
    ['81 characters of the extension', '€'.repeat(81), 'GSM-7', 2, 162],
    ['no character of the extension is split: 76 fit each, not 76.5', '€'.repeat(153), 'GSM-7', 3, 306],
    ['letters of the basic set', 'àèéìòùñüäöåÄÖÅÉÑÜßÆæØøÇ¿¡£¥§', 'GSM-7', 1, 28],
    ['one letter that is not', 'á', 'UCS-2', 1, 1],
    ['the dash that makes two of one', `${'a'.repeat(87)}\u2014`, 'UCS-2', 2, 88],
    ['70 units', 'б'.repeat(70), 'UCS-2', 1, 70],
    ['71 units', 'б'.repeat(71), 'UCS-2', 2, 71],
    ['134 units', 'б'.repeat(134), 'UCS-2', 2, 134],
    ['135 units', 'б'.repeat(135), 'UCS-2', 3, 135],
    ['35 surrogate pairs', '😀'.repeat(35), 'UCS-2', 1, 70],
    ['66 surrogate pairs: 33 fit each', '😀'.repeat(66), 'UCS-2', 2, 132],
    ['no surrogate pair is split', '😀'.repeat(67), 'UCS-2', 3, 134],
    ['isolates count', '\u2066a\u2069', 'UCS-2', 1, 3],
  ] as const)('%s', (_, text, encoding, segments, units) => {
    expect(smsSize(text)).toEqual({ encoding, segments, units });
  });
});
