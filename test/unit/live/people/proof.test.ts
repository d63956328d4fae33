import { beforeEach, describe, expect, it } from 'vitest';
import { endProof, type ProofPorts, startProof } from '../../../../src/live/people/proof.ts';
import { createMemoryRows } from '../../../../src/memory.ts';
import { EnrolledPerson } from '../../../../src/model/enrolled-person.ts';

const NOW = new Date('2026-09-01T08:00:00Z');
const later = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000);
const hash = (value: string) => `#${[...value].reverse().join('')}`;
const mail = { channel: 'c_mail' };
const phone = { channel: 'c_phone' };

describe('proof by code', () => {
  let person: EnrolledPerson;
  let sent: { kind: string; address: string; code: string }[];
  let ports: ProofPorts;
  let codes: string[];
  beforeEach(() => {
    sent = [];
    codes = ['11112222', '33334444', '55556666'];
    person = EnrolledPerson.parse({
      id: 'p_1',
      name: 'Ann',
      accounts: [{ kind: 'work', upn: 'ann@example.org' }],
      recovery: [{ kind: 'phone', hash: hash('+15550109'), addedAt: NOW }],
      channels: [
        { id: 'c_mail', kind: 'email', address: 'ann@example.net', addedAt: NOW },
        { id: 'c_phone', kind: 'sms', address: '+15550101', addedAt: NOW, lost: { at: NOW, why: 'failed' } },
        { id: 'c_old', kind: 'sms', address: '+15550100', addedAt: NOW, retiredAt: NOW },
      ],
      enrolledAt: NOW,
    });
    ports = {
      rows: createMemoryRows(),
      people: {
        get: async (id) => (id === person.id ? person : undefined),
        update: async (_id, change) => {
          person = change(person) ?? person;
        },
      },
      hash,
      randomCode: () => codes.shift() ?? '',
      send: async (_person, to, code) => void sent.push({ ...to, code }),
    };
  });
  const channel = (id: string) => person.channels.find((one) => one.id === id);

  it('a mail code lives 24 hours', async () => {
    expect(await startProof(ports, 'p_1', mail, NOW)).toEqual({ kind: 'sent', until: later(24 * 60) });
    expect(sent).toMatchObject([{ kind: 'email', address: 'ann@example.net', code: '11112222' }]);
    expect(await endProof(ports, 'p_1', mail, '1111 2222', later(24 * 60))).toEqual({ kind: 'proven' });
    expect(channel('c_mail')?.provenAt).toEqual(later(24 * 60));
  });

  it('an SMS code lives ten minutes, and brings a lost channel back', async () => {
    expect(await startProof(ports, 'p_1', phone, NOW)).toEqual({ kind: 'sent', until: later(10) });
    expect(await endProof(ports, 'p_1', phone, '11112222', later(10.1))).toEqual({ kind: 'expired' });
    await startProof(ports, 'p_1', phone, later(11));
    expect(await endProof(ports, 'p_1', phone, '3333-4444', later(12))).toEqual({ kind: 'proven' });
    expect(channel('c_phone')).toMatchObject({ provenAt: later(12), lost: undefined });
  });

  it('a recovery address is named in full, compared by hash, and never kept', async () => {
    const target = { recovery: { kind: 'phone' as const, address: '+1 555 0109' } };
    await startProof(ports, 'p_1', target, NOW);
    expect(sent).toMatchObject([{ kind: 'sms', address: '+1 555 0109' }]);
    expect(await endProof(ports, 'p_1', target, '11112222', later(1))).toEqual({ kind: 'proven' });
    expect(person.recovery[0]?.provenAt).toEqual(later(1));
  });

  it('five tries, then the code is dead even when it is right', async () => {
    await startProof(ports, 'p_1', mail, NOW);
    for (const left of [4, 3, 2, 1, 0])
      expect(await endProof(ports, 'p_1', mail, '00000000', NOW)).toEqual({ kind: 'wrong', left });
    expect(await endProof(ports, 'p_1', mail, '11112222', NOW)).toEqual({ kind: 'expired' });
    expect(channel('c_mail')?.provenAt).toBeUndefined();
  });

  it('twenty tries at once are still five', async () => {
    await startProof(ports, 'p_1', mail, NOW);
    const ends = await Promise.all(Array.from({ length: 20 }, () => endProof(ports, 'p_1', mail, '0', NOW)));
    expect(ends.filter(({ kind }) => kind === 'wrong').length).toBe(5);
  });

  it('a code works once, the newest counts, and a new one comes after a minute', async () => {
    await startProof(ports, 'p_1', mail, NOW);
    expect(await startProof(ports, 'p_1', mail, later(0.5))).toEqual({ kind: 'too-soon' });
    await startProof(ports, 'p_1', mail, later(1));
    expect(await endProof(ports, 'p_1', mail, '11112222', later(2))).toEqual({ kind: 'wrong', left: 4 });
    expect(await endProof(ports, 'p_1', mail, '33334444', later(2))).toEqual({ kind: 'proven' });
    expect(await endProof(ports, 'p_1', mail, '33334444', later(2))).toEqual({ kind: 'expired' });
  });

  it.each([
    ['another person', 'p_2', mail],
    ['a channel that was replaced', 'p_1', { channel: 'c_old' }],
    ['a recovery address that is not theirs', 'p_1', { recovery: { kind: 'phone' as const, address: '+15550199' } }],
  ])('%s is unknown', async (_, id, target) => {
    expect(await startProof(ports, id, target, NOW)).toEqual({ kind: 'unknown' });
    expect(await endProof(ports, id, target, '1', NOW)).toEqual({ kind: 'unknown' });
    expect(sent).toEqual([]);
  });

  it('no code is stored in the clear', async () => {
    await startProof(ports, 'p_1', mail, NOW);
    for await (const row of ports.rows.scan('people')) expect(JSON.stringify(row)).not.toContain('11112222');
  });
});
