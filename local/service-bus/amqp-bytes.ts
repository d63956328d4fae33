/** Reading and writing AMQP 1.0 encodings without decoding them, so that a sender's types reach the receiver unchanged. */
import { BusError } from './bus-error.ts';
import { rhea } from './rhea.ts';

/** Descriptor codes of message sections (AMQP 1.0 part 3, section 3.2). */
export const SECTION = {
  header: 0x70,
  deliveryAnnotations: 0x71,
  messageAnnotations: 0x72,
  properties: 0x73,
  applicationProperties: 0x74,
  data: 0x75,
  footer: 0x78,
} as const;

const DEEPEST = 16;

function malformed(what: string): BusError {
  return new BusError('amqp:decode-error', `The message is not valid AMQP: ${what}.`);
}

function byteAt(bytes: Buffer, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw malformed('it ends too early');
  return byte;
}

function uint32At(bytes: Buffer, at: number): number {
  if (at + 4 > bytes.length) throw malformed('it ends too early');
  return bytes.readUInt32BE(at);
}

/** Position after the value that starts at `at`. @throws BusError `amqp:decode-error` */
export function skipValue(bytes: Buffer, at: number, depth = 0): number {
  const end = endOfValue(bytes, at, depth);
  if (end > bytes.length) throw malformed('it ends too early');
  return end;
}

function endOfValue(bytes: Buffer, at: number, depth: number): number {
  const code = byteAt(bytes, at);
  if (code === 0) {
    if (depth > DEEPEST) throw malformed('descriptors are nested too deeply');
    return skipValue(bytes, skipValue(bytes, at + 1, depth + 1), depth + 1);
  }
  const width = code >> 4;
  if (width === 4) return at + 1;
  if (width >= 5 && width <= 9) return at + 1 + 2 ** (width - 5);
  if (width === 0xa || width === 0xc || width === 0xe) return at + 2 + byteAt(bytes, at + 1);
  if (width === 0xb || width === 0xd || width === 0xf) return at + 5 + uint32At(bytes, at + 1);
  throw malformed(`type code 0x${code.toString(16)} is unknown`);
}

/** One message section. Positions are into the bytes it was read from. */
export interface Section {
  readonly code: number;
  /** Where the descriptor starts. */
  readonly start: number;
  /** Where the value starts. */
  readonly value: number;
  readonly end: number;
}

/** The sections of a message, in order. @throws BusError `amqp:decode-error` */
export function* sectionsOf(bytes: Buffer): Generator<Section> {
  for (let start = 0; start < bytes.length; ) {
    const [code, value] = descriptorAt(bytes, start);
    if (code < SECTION.header || code > SECTION.footer) throw malformed(`section 0x${code.toString(16)} is unknown`);
    const end = skipValue(bytes, value);
    yield { code, start, value, end };
    start = end;
  }
}

function descriptorAt(bytes: Buffer, at: number): [code: number, next: number] {
  if (byteAt(bytes, at) !== 0) throw malformed('a section has no descriptor');
  const form = byteAt(bytes, at + 1);
  if (form === 0x53) return [byteAt(bytes, at + 2), at + 3];
  if (form === 0x80) return [byteAt(bytes, at + 9), at + 10];
  throw malformed('a section has an unknown descriptor');
}

/** One entry of a map: its key, and where its key and value lie. */
export interface MapEntry {
  readonly key: string;
  readonly start: number;
  readonly value: number;
  readonly end: number;
}

/** The entries of the map that starts at `at`. @throws BusError `amqp:decode-error` when it is none */
export function* entriesOf(bytes: Buffer, at: number): Generator<MapEntry> {
  const code = byteAt(bytes, at);
  if (code === 0x40 || code === 0x45) return;
  if (code !== 0xc1 && code !== 0xd1) throw malformed('a section that must be a map is not');
  const end = skipValue(bytes, at);
  for (let start = at + (code === 0xc1 ? 3 : 9); start < end; ) {
    const value = skipValue(bytes, start);
    const next = skipValue(bytes, value);
    if (next > end) throw malformed('a map ends too early');
    yield { key: String(readValue(bytes, start)), start, value, end: next };
    start = next;
  }
}

/** Decodes the value that starts at `at`. 64-bit integers beyond 2^53 come out as 8 bytes. */
export function readValue(bytes: Buffer, at: number): unknown {
  const end = skipValue(bytes, at);
  try {
    return rhea.types.unwrap(new rhea.types.Reader(bytes.subarray(at, end)).read());
  } catch {
    throw malformed('a value cannot be read');
  }
}

/** Decodes the list that starts at `at`. @throws BusError `amqp:decode-error` when it is none */
export function readList(bytes: Buffer, at: number): readonly unknown[] {
  const value = readValue(bytes, at);
  if (!Array.isArray(value)) throw malformed('a section that must be a list is not');
  return value;
}

/** Encodes a value; the AMQP type is chosen by JavaScript type unless it is already wrapped. */
export function encodeValue(value: unknown): Buffer {
  const writer = new rhea.types.Writer();
  writer.write(rhea.types.wrap(value));
  return writer.toBuffer();
}

/** A section whose value is a map (0xd1) or list (0xd0) of already encoded items. */
export function encodeSection(code: number, form: 0xd0 | 0xd1, items: readonly Buffer[], count: number): Buffer {
  const size = items.reduce((sum, item) => sum + item.length, 0);
  const head = Buffer.alloc(12);
  head.set([0, 0x53, code, form]);
  head.writeUInt32BE(size + 4, 4);
  head.writeUInt32BE(count, 8);
  return Buffer.concat([head, ...items]);
}

/** A symbol of at most 255 ASCII characters. */
export function encodeSymbol(text: string): Buffer {
  return Buffer.concat([Buffer.from([0xa3, text.length]), Buffer.from(text, 'ascii')]);
}

/** A signed 64-bit integer: 0x81 long, 0x83 timestamp (epoch milliseconds). */
export function encodeInt64(form: 0x81 | 0x83, value: number): Buffer {
  const bytes = Buffer.alloc(9);
  bytes[0] = form;
  bytes.writeBigInt64BE(BigInt(Math.trunc(value)), 1);
  return bytes;
}

/** A number that may have been decoded as 8 bytes. */
export function toNumber(value: unknown): number {
  return Buffer.isBuffer(value) && value.length === 8 ? Number(value.readBigInt64BE(0)) : Number(value);
}
