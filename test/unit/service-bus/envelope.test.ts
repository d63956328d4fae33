import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entriesOf, readList, readValue, sectionsOf } from '../../../local/service-bus/amqp-bytes.ts';
import { BusError } from '../../../local/service-bus/bus-error.ts';
import {
  encodeMessage,
  parseBatch,
  parseEnvelope,
  withApplicationProperties,
} from '../../../local/service-bus/envelope.ts';
import { swapGuid } from '../../../local/service-bus/guid.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

const HEADER = '00 53 70 c0 09 03 41 50 07 70 00 00 03 e8'; // durable, priority 7, 1000 ms
const ID_A = '00 53 73 c0 04 01 a1 01 61'; // message id 'a'
const NO_ID = '00 53 73 c0 06 03 40 40 a1 01 7a'; // null, null, to = 'z'
const APP = '00 53 74 c1 0c 04 a1 01 69 61 00 05 a1 01 62 56 01'; // i: short 5, b: true
const BODY = '00 53 75 a0 02 68 69';
const SCHEDULED = `00 53 72 c1 28 02 a3 1c ${Buffer.from('x-opt-scheduled-enqueue-time').toString('hex')} 83 0000018bcfe56800`;

const message = (bytes: Buffer) => ({
  sequence: 7,
  envelope: parseEnvelope(bytes),
  enqueuedAt: 1000,
  deliveryCount: 2,
  state: 'active' as const,
});

function sectionValue(bytes: Buffer, code: number): unknown {
  for (const section of sectionsOf(bytes)) if (section.code === code) return readValue(bytes, section.value);
  return undefined;
}

describe('reading a message', () => {
  it('takes from it what a queue needs', () => {
    const envelope = parseEnvelope(hex(HEADER + SCHEDULED + ID_A + APP + BODY));
    expect(envelope).toMatchObject({
      durable: true,
      priority: 7,
      ttlMs: 1000,
      messageId: 'a',
      scheduledAt: 1_700_000_000_000,
    });
    expect(envelope.bare).toEqual(hex(ID_A + APP + BODY));
  });

  it.each([
    ['no properties', BODY],
    ['an empty id', NO_ID + BODY],
    ['empty properties', `00 53 73 45${BODY}`],
    ['properties without items', `00 53 73 c0 01 00${BODY}`],
  ])('gives a message with %s an id: the SDK cannot renew locks without one', (_, text) => {
    const { messageId, bare } = parseEnvelope(hex(text));
    expect(messageId).toMatch(/^[0-9a-f]{32}$/);
    const [properties] = sectionsOf(bare);
    const list = readList(bare, properties?.value ?? 0);
    expect(list[0]).toBe(messageId);
    if (text.startsWith(NO_ID)) expect(list).toEqual([messageId, null, 'z']);
    expect(bare.subarray(properties?.end)).toEqual(hex(BODY));
  });

  it('drops annotations that only the bus may set', () => {
    const forged = `00 53 72 c1 21 02 a3 15 ${Buffer.from('x-opt-sequence-number').toString('hex')} 81 0000000000000063`;
    const bytes = encodeMessage(message(hex(forged + ID_A + BODY)));
    expect(sectionValue(bytes, 0x72)).toEqual({
      'x-opt-sequence-number': 7,
      'x-opt-enqueued-time': new Date(1000),
    });
  });

  it.each([
    ['cut short', HEADER.slice(0, 20)],
    ['a length beyond the end', '00 53 75 b0 7f ff ff ff 00'],
    ['an unknown section', '00 53 20 40'],
    ['an unknown type', '00 53 75 1f'],
    ['no descriptor', '41'],
    ['properties that are no list', '00 53 73 41'],
    ['application properties that are no map', `${ID_A}00 53 74 a1 01 61${BODY}`],
    ['a map whose entries overrun it', `${ID_A}00 53 74 c1 03 02 a1 05 61${BODY}00000000`],
    ['sections out of order', BODY + HEADER],
    ['descriptors nested without end', `00 53 75 ${'00'.repeat(5000)}`],
  ])('refuses %s', (_, text) => {
    expect(() => parseEnvelope(hex(text))).toThrow(BusError);
  });

  it('refuses a batch whose data is none', () => {
    expect(() => parseBatch(hex('00 53 75 45'))).toThrow('something else than data');
  });

  it('never throws anything but a refusal, whatever the bytes', () => {
    const mutated = fc
      .tuple(fc.constant(hex(HEADER + SCHEDULED + ID_A + APP + BODY)), fc.array(fc.tuple(fc.nat(90), fc.nat(255))))
      .map(([bytes, changes]) => {
        const copy = Buffer.from(bytes);
        for (const [at, value] of changes) if (at < copy.length) copy[at] = value;
        return copy;
      });
    const random = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.oneof(mutated, random), (bytes) => {
        for (const parse of [parseEnvelope, parseBatch]) {
          try {
            parse(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(BusError);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('what was read can be changed and delivered without an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (tail) => {
        let bytes: Buffer = Buffer.concat([hex(ID_A), Buffer.from(tail)]);
        try {
          parseEnvelope(bytes);
        } catch {
          bytes = hex(ID_A);
        }
        const envelope = withApplicationProperties(parseEnvelope(bytes), { DeadLetterReason: 'x' });
        expect(encodeMessage({ ...message(bytes), envelope }).length).toBeGreaterThan(0);
      }),
    );
  });
});

describe('delivering a message', () => {
  it('writes header and annotations anew and leaves the rest byte for byte', () => {
    const bytes = encodeMessage({ ...message(hex(HEADER + ID_A + APP + BODY)), lock: { token: 't', until: 2000 } });
    const [header] = sectionsOf(bytes);
    expect(readList(bytes, header?.value ?? 0)).toEqual([true, 7, 1000, false, 2]);
    expect(sectionValue(bytes, 0x72)).toEqual({
      'x-opt-sequence-number': 7,
      'x-opt-enqueued-time': new Date(1000),
      'x-opt-locked-until': new Date(2000),
    });
    expect(bytes.subarray(-hex(ID_A + APP + BODY).length)).toEqual(hex(ID_A + APP + BODY));
  });

  it.each([
    ['deferred', 1],
    ['scheduled', 2],
  ] as const)('says that a message is %s', (state, code) => {
    const bytes = encodeMessage({ ...message(hex(ID_A)), state });
    expect(sectionValue(bytes, 0x72)).toMatchObject({ 'x-opt-message-state': code });
  });
});

describe('adding application properties', () => {
  it('keeps the types of those that are there, replaces those named, leaves out undefined ones', () => {
    const before = parseEnvelope(hex(ID_A + APP + BODY));
    const { bare } = withApplicationProperties(before, { b: 'new', c: null, d: undefined });
    const section = [...sectionsOf(bare)].find(({ code }) => code === 0x74);
    const entries = [...entriesOf(bare, section?.value ?? 0)];
    expect(entries.map((entry) => [entry.key, bare.subarray(entry.value, entry.end).toString('hex')])).toEqual([
      ['i', '610005'],
      ['b', 'a1036e6577'],
      ['c', '40'],
    ]);
    expect(bare.subarray(0, 9)).toEqual(hex(ID_A));
    expect(bare.subarray(-7)).toEqual(hex(BODY));
    expect(withApplicationProperties(before, { d: undefined })).toBe(before);
  });
});

it('lock tokens swap between the two byte orders and back', () => {
  const token = hex('00112233 4455 6677 8899aabbccddeeff');
  expect(swapGuid(token).toString('hex')).toBe('33221100554477668899aabbccddeeff');
  expect(swapGuid(swapGuid(token))).toEqual(token);
});
