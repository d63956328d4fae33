import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isAllowed, verifyToken } from '../../../local/service-bus/sas.ts';

const KEY = { name: 'postern', key: 'c2VjcmV0' };
const NOW = 1_700_000_000_000;
const AUDIENCE = 'sb://127.0.0.1:5672/findings';

function token(changes: { scope?: string; key?: string; name?: string; expiry?: number; raw?: string } = {}): string {
  const scope = encodeURIComponent(changes.scope ?? AUDIENCE);
  const expiry = changes.expiry ?? NOW / 1000 + 60;
  const signature = createHmac('sha256', changes.key ?? KEY.key)
    .update(`${scope}\n${expiry}`)
    .digest('base64');
  const sig = encodeURIComponent(signature);
  return changes.raw ?? `SharedAccessSignature sr=${scope}&sig=${sig}&se=${expiry}&skn=${changes.name ?? KEY.name}`;
}

describe('a shared access signature', () => {
  it.each([
    ['for the queue', token(), 'findings'],
    ['for the whole namespace', token({ scope: 'sb://127.0.0.1:5672/' }), 'findings'],
    ['in other case', token({ scope: AUDIENCE.toUpperCase() }), 'findings'],
  ])('%s is good', (_, text, path) => {
    expect(verifyToken(text, AUDIENCE, KEY, NOW)).toEqual({ path, expiresAt: NOW + 60_000 });
  });

  it.each([
    ['of another key', token({ key: 'other' }), 'InvalidSignature'],
    ['of another key name', token({ name: 'root' }), 'InvalidSignature'],
    ['that has expired', token({ expiry: NOW / 1000 }), 'ExpiredToken'],
    ['without a time', token({ expiry: Number.NaN }), 'ExpiredToken'],
    ['for another queue', token({ scope: 'sb://127.0.0.1:5672/notices' }), 'InvalidAudience'],
    ['for a queue whose name only starts the same', token({ scope: 'sb://127.0.0.1:5672/find' }), 'InvalidAudience'],
    ['with a changed time', token().replace(/se=\d+/, 'se=9999999999'), 'InvalidSignature'],
    ['that is empty', token({ raw: '' }), 'MalformedToken'],
    ['that is a web token', token({ raw: 'eyJhbGciOiJub25lIn0.e30.' }), 'MalformedToken'],
    ['with broken escapes', token().replace(/sig=[^&]+/, 'sig=%'), 'MalformedToken'],
    ['with a short signature', token().replace(/sig=[^&]+/, 'sig=AAAA'), 'InvalidSignature'],
  ])('%s is refused', (_, text, reason) => {
    expect(() => verifyToken(text, AUDIENCE, KEY, NOW)).toThrow(reason);
  });

  it.each([
    ['findings', true],
    ['Findings/$DeadLetterQueue', true],
    ['findings/$management', true],
    ['findings2', false],
    ['notices', false],
    ['', false],
  ])('a claim on findings allows %s: %s', (address, allowed) => {
    expect(isAllowed([{ path: 'findings', expiresAt: NOW + 1 }], address, NOW)).toBe(allowed);
    expect(isAllowed([{ path: 'findings', expiresAt: NOW }], address, NOW)).toBe(false);
  });
});
