/** Ids made of content: deciding the same again gives the same id. */
import { createHash } from 'node:crypto';

function digest(parts: readonly string[]): Buffer {
  return createHash('sha256').update(JSON.stringify(parts)).digest();
}

/** `n_` and 22 characters: person, episode, state, channel, purpose. */
export function noticeId(
  person: string,
  episode: string,
  state: string,
  channel: string,
  purpose: 'tell' | 'helper' | 'drill' | 'code',
): string {
  return `n_${digest(['notice', person, episode, state, channel, purpose]).toString('base64url').slice(0, 22)}`;
}

/** `t_` and 22 characters: what the task is about. */
export function taskId(...parts: readonly string[]): string {
  return `t_${digest(['task', ...parts])
    .toString('base64url')
    .slice(0, 22)}`;
}

/** A number in [0, 1) that looks random and is always the same for the same parts. */
export function fraction(...parts: readonly string[]): number {
  return digest(['fraction', ...parts]).readUInt32BE(0) / 2 ** 32;
}

/** UUID version 5 (RFC 9562) of a notice and the transport that carries it: what providers know a message by. */
export function operationId(notice: string, transport: string): string {
  const NAMESPACE = Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex');
  const bytes = createHash('sha1').update(NAMESPACE).update(`postern:${notice}:${transport}`).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
