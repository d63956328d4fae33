/** Whatever people have and whatever providers do: somebody at risk is reached, or the desk has a task to reach them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeliveryError } from '../../../../src/errors.ts';
import type { ContactChannel, SafetyPlan } from '../../../../src/model/enrolled-person.ts';
import { ago, breakIn, channel, contactChange, DAY_MS, person } from '../../notify/plan-situation.ts';
import { createWorld, MINUTE_MS, type SenderOptions } from './world.ts';

/** What a provider may do to a message. */
const FATES = ['delivers', 'accepts', 'throws', '429', '500', 'refuses', 'bad-address', 'flaky'] as const;
type Fate = (typeof FATES)[number];

function sender(name: string, kind: 'email' | 'sms', fate: Fate): SenderOptions {
  const error = (code: 'THROTTLED' | 'UNAVAILABLE' | 'REFUSED' | 'BAD_ADDRESS') => new DeliveryError(name, code);
  const refuse = (_: unknown, tries: number): Error | undefined => {
    if (fate === 'throws') return new TypeError('Cannot read properties of undefined');
    if (fate === '429') return new DeliveryError(name, 'THROTTLED', { retryAfterMs: 60_000 });
    if (fate === '500') return error('UNAVAILABLE');
    if (fate === 'refuses') return error('REFUSED');
    if (fate === 'bad-address') return error('BAD_ADDRESS');
    return fate === 'flaky' && tries < 3 ? error('UNAVAILABLE') : undefined;
  };
  const status = fate === 'accepts' ? ('accepted' as const) : ('delivered' as const);
  return { name, kind, reports: true, refuse, result: { status } };
}

const ADDRESSES = [
  '+15550100',
  '+15550101',
  'jane@private.example',
  'jane@second.example',
  'jane@example.org',
  'x\r\nBcc: y@z',
  'not an address',
] as const;
const channels: fc.Arbitrary<ContactChannel[]> = fc
  .uniqueArray(
    fc.record({
      address: fc.constantFrom(...ADDRESSES),
      state: fc.constantFrom('proven', 'proven', 'proven', 'unproven', 'new', 'retired', 'lost', 'old'),
    }),
    { selector: ({ address }) => address, maxLength: 5 },
  )
  .map((all) =>
    all.map(({ address, state }, index) =>
      channel(`c_${index}`, address, {
        ...(state === 'unproven' && { provenAt: undefined }),
        ...(state === 'new' && { addedAt: ago(DAY_MS), provenAt: ago(DAY_MS) }),
        ...(state === 'retired' && { retiredAt: ago(10 * DAY_MS) }),
        ...(state === 'lost' && { lost: { at: ago(DAY_MS), why: 'bounced' as const } }),
        ...(state === 'old' && { provenAt: ago(300 * DAY_MS) }),
      }),
    ),
  );
const safetyPlan: fc.Arbitrary<SafetyPlan> = fc.record(
  {
    wording: fc.constantFrom('normal', 'neutral', 'desk-only'),
    hours: fc.constantFrom({ from: '08:00', to: '22:00' }, { from: '00:00', to: '05:00' }),
    channels: fc.constantFrom([], ['c_0'], ['c_1', 'c_gone']),
  },
  { requiredKeys: ['wording'] },
) as fc.Arbitrary<SafetyPlan>;

describe('nobody at risk is silently not told', () => {
  it('a notice that says so was delivered, or the desk has a task', async () => {
    await fc.assert(
      fc.asyncProperty(
        channels,
        safetyPlan,
        fc.constantFrom(...FATES),
        fc.constantFrom(...FATES),
        fc.boolean(),
        async (having, plan, mail, sms, isBreakIn) => {
          const webhook: SenderOptions = { name: 'desk-webhook', kind: 'webhook', result: { status: 'delivered' } };
          const world = await createWorld({
            people: [person({ channels: having, safetyPlan: plan })],
            senders: [sender('acs-email', 'email', mail), sender('acs-sms', 'sms', sms), webhook],
          });
          await world.found(isBreakIn ? breakIn() : contactChange());
          await world.pass(8 * 60 * MINUTE_MS);
          const full = (await world.deliveries()).filter(({ notice }) =>
            ['normal', 'neutral'].includes(notice.variant),
          );
          const isReached = full.some(({ status }) => status === 'delivered');
          const tasks = (await world.tasks()).filter(({ kind, status, priority }) => {
            return kind === 'reach-by-voice' && status === 'open' && priority < 2;
          });
          expect(isReached || tasks.length > 0).toBe(true);
          // Nothing that is no address of theirs was ever handed to a provider.
          const known = new Set<string>([...having.map(({ address }) => address), 'desk@desk.example']);
          for (const { message } of world.attempts) {
            if (!('to' in message)) continue;
            expect(known.has(message.to)).toBe(true);
            expect(message.to).toMatch(/^(\+\d+|[^\s@]+@[^\s@]+)$/);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
