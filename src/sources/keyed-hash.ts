/** The keyed hash that stands for numbers, addresses and message ids: comparable, and of no use to others. */
import { createHmac } from 'node:crypto';

/** HMAC-SHA256 of a normalized value, as 22 characters of base64url (132 bits). Same key = comparable. */
export function keyedHash(key: Buffer): (value: string) => string {
  return (value) => createHmac('sha256', key).update(value).digest('base64url').slice(0, 22);
}
