/**
 * How many SMS a text costs: 160 septets of GSM-7 (two for each of `^{}\[~]|€`) or 70 UTF-16 units, and 153 or 67 in
 * each of several; no character is split between two. Counted by the library of a carrier.
 */
import { SegmentedMessage } from 'sms-segments-calculator';

/** What a text takes as SMS. */
export interface SmsSize {
  readonly encoding: 'GSM-7' | 'UCS-2';
  readonly segments: number;
  /** Septets of GSM-7, or UTF-16 units. */
  readonly units: number;
}

/** Measures a text as SMS, without replacing any character. */
export function smsSize(text: string): SmsSize {
  const message = new SegmentedMessage(text);
  const encoding = message.encodingName === 'GSM-7' ? 'GSM-7' : 'UCS-2';
  return {
    encoding,
    segments: text === '' ? 0 : message.segmentsCount,
    units: message.messageSize / unitBits(encoding),
  };
}

function unitBits(encoding: SmsSize['encoding']): number {
  return encoding === 'GSM-7' ? 7 : 16;
}
