import { describe, expect, it } from 'vitest';
import { compareGroup, type GroupMember } from '../../../../src/live/people/group.ts';
import type { EnrolledPerson } from '../../../../src/model/enrolled-person.ts';

const NOW = new Date('2026-09-01T08:00:00Z');
const context = { now: NOW, random: (length: number) => 'x'.repeat(length) };
const member = (name: string, more: Partial<GroupMember> = {}): GroupMember => ({
  id: `id-${name}`,
  upn: `${name}@example.org`,
  name,
  ...more,
});
const enroll = (name: string, origin: EnrolledPerson['origin'] = 'group'): EnrolledPerson => ({
  ...(compareGroup([member(name)], [], context).joined[0] as EnrolledPerson),
  id: `p_${name}`,
  origin,
});

describe('the group of the enrolled', () => {
  it('who joins is enrolled, in their language', () => {
    expect(
      compareGroup([member('ann', { id: 'ID-A', upn: 'Ann@Example.org', language: 'fa-IR' })], [], context).joined,
    ).toMatchObject([
      {
        name: 'ann',
        accounts: [{ kind: 'work', id: 'id-a', upn: 'ann@example.org' }],
        language: 'fa',
        origin: 'group',
        enrolledAt: NOW,
      },
    ]);
  });

  it.each([
    ['stays', [member('ann')], [enroll('ann')], [], [], []],
    ['left', [], [enroll('ann')], [], [], ['p_ann']],
    ['left and was enrolled by hand', [], [enroll('ann', 'manual')], [], [], []],
    ['is known by hand', [member('ann')], [enroll('ann', 'manual')], [], [], []],
    ['married', [member('ann', { upn: 'ann.new@example.org' })], [enroll('ann')], [], ['p_ann'], []],
    ['speaks a language that we do not', [member('bo', { language: 'tlh' })], [enroll('ann')], ['bo'], [], ['p_ann']],
  ])('somebody who %s', (_, members, enrolled, joined, changed, left) => {
    const result = compareGroup(members, enrolled, context);
    expect(result.joined.map(({ name }) => name)).toEqual(joined);
    expect(result.changed.map(({ id }) => id)).toEqual(changed);
    expect(result.left).toEqual(left);
  });

  it('an emptied group does not end the watch', () => {
    const enrolled = Array.from({ length: 12 }, (_, n) => enroll(`u${n}`));
    const members = enrolled.slice(0, 5).map((_, n) => member(`u${n}`));
    expect(compareGroup(members, enrolled, context)).toMatchObject({ left: [], isSuspicious: true });
    expect(compareGroup([...members, member('u5')], enrolled, context)).toMatchObject({ isSuspicious: false });
  });
});
