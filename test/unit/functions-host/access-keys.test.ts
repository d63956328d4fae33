import { expect, it } from 'vitest';
import { createAccessKeys, isAllowed } from '../../../local/functions-host/access-keys.ts';

const keys = createAccessKeys({ master: 'm', host: 'h', functions: { people: 'p' } });

it.each([
  ['anonymous', undefined, 'people', true],
  ['function', undefined, 'people', false],
  ['function', '', 'people', false],
  ['function', 'x', 'people', false],
  ['function', 'h', 'people', true],
  ['function', 'm', 'people', true],
  ['function', 'p', 'people', true],
  ['function', 'p', 'health', false],
  ['admin', 'h', 'people', false],
  ['admin', 'p', 'people', false],
  ['admin', 'm', 'people', true],
  ['admin', 'm', undefined, true],
  ['admin', 'mm', undefined, false],
] as const)('%s with key %s of %s: %s', (level, key, name, allowed) => {
  expect(isAllowed(keys, level, key, name)).toBe(allowed);
});

it('keys that were not given are random and long', () => {
  const [a, b] = [createAccessKeys(), createAccessKeys()];
  expect(new Set([a.master, a.host, b.master, b.host]).size).toBe(4);
  expect(a.master).toMatch(/^[\w-]{43}$/);
});
