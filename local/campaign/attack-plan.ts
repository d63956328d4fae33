/**
 * The attack: who is probed, attacked and compromised, when, from where. A pure function of the settings, so that the
 * truth can be told without generating the log.
 */
import { type GateAttack, playAttempt, playPasswordAttack, type Strike, WRONG_PASSWORDS } from './attack.ts';
import { attackClient } from './devices.ts';
import { type CampaignSettings, DAY, HOUR, MINUTE, type Scene, SECOND } from './options.ts';
import type { Resident } from './people.ts';
import { ATTACK_NETWORKS, attackSpot } from './places.ts';
import { type Random, randomFrom, shuffled, weighted } from './random.ts';
import { planTakeover, type TakeoverKind } from './takeovers.ts';

/** Something that the attackers (or those who clean up after them) do, in one go. */
export interface Act {
  /** Epoch ms of its first record. */
  readonly at: number;
  readonly play: (scene: Scene) => void;
}

/** The whole attack. */
export interface Plan {
  /** In order of time. */
  readonly acts: readonly Act[];
  /** Correlation ids of all attempts. */
  readonly flows: readonly string[];
  readonly probed: readonly Resident[];
  /** All persons attacked, the compromised among them. */
  readonly attacked: readonly Resident[];
  readonly compromised: readonly { readonly person: Resident; readonly kind: TakeoverKind }[];
  /** Index of a person → while the password is somebody else's. Epoch ms. */
  readonly lockouts: ReadonlyMap<number, { readonly from: number; readonly until: number }>;
}

/** An attempt before it has a time and a place. `key` (0 to 1) orders the attempts over the month. */
interface Draft {
  readonly person: Resident;
  readonly key: number;
  readonly step: Strike;
}

/** An attempt with everything. */
interface Attempt extends Draft {
  readonly at: number;
  readonly flow: string;
  readonly spot: ReturnType<typeof attackSpot>;
  readonly device: ReturnType<typeof attackClient>;
}

/** Nothing before: everybody's first sign-in is by 19:00 of the first day, and a day of history makes the baseline. */
const FIRST_ATTACK = 45 * HOUR;

type PasswordAttack = 'password_known' | 'factor_refused';

/** How often each way of attacking is used. */
const ATTACKS: Readonly<Record<GateAttack | PasswordAttack, number>> = {
  sms_unanswered: 5,
  sms_failed: 5,
  voice_failed: 2,
  email_unanswered: 3,
  push_denied: 3,
  app_code_failed: 2,
  questions_failed: 1,
  half_way: 1,
  blocked: 2,
  password_known: 4,
  factor_refused: 2,
};

/** Plans the attack on these people. */
export function planAttack(settings: CampaignSettings, people: readonly Resident[]): Plan {
  const random = randomFrom(settings.seed, 'attack');
  const { compromised, others, rest } = chooseTargets(settings, people, random);
  const drafts = compromised.flatMap(({ person, kind }) => draftTakeover(person, kind, random));
  const passwordAttacks = new Map<Resident, PasswordAttack>();
  for (const person of others) {
    const attack = person.secondary ? 'email_unanswered' : weighted(ATTACKS, random);
    if (isPasswordAttack(attack)) passwordAttacks.set(person, attack);
    drafts.push(...draftAttack(person, attack, random));
  }
  drafts.push(...draftProbes(rest, settings.attempts - drafts.length, random));
  const attempts = place(settings, drafts, random);
  const onlyProbed = new Set(rest);
  const acts = attempts.flatMap((attempt) => actsOf(attempt, onlyProbed, random));
  for (const [person, attack] of passwordAttacks) {
    acts.push(passwordAct(settings, attack, lastOf(attempts, person), random));
  }
  const lockouts = new Map<number, { from: number; until: number }>();
  const desk = people.filter((person) => person.desk);
  for (const { person, kind } of compromised) {
    const takeover = planTakeover(kind, { ...lastOf(attempts, person), desk: random.pick(desk), random });
    acts.push(...takeover.acts);
    if (takeover.lockout) lockouts.set(person.index, takeover.lockout);
  }
  return {
    acts: acts.sort((a, b) => a.at - b.at),
    flows: attempts.map((attempt) => attempt.flow),
    probed: [...new Set(attempts.map((attempt) => attempt.person))],
    attacked: [...compromised.map(({ person }) => person), ...others],
    compromised,
    lockouts,
  };
}

/** Who is compromised, who else is attacked, and who is left to be only looked up. */
function chooseTargets(settings: CampaignSettings, people: readonly Resident[], random: Random) {
  const targets = shuffled(people, random).filter((person) => !person.desk && person.joins === 0);
  const linked = targets.filter((person) => person.secondary);
  const open = targets.filter((person) => !person.secondary && person.recovery === 'enabled');
  const kinds: readonly TakeoverKind[] = [
    'secondary_mailbox',
    'sim_swap',
    'push_approved',
    random.pick(['relay_phishing', 'help_desk', 'poisoned_channel']),
  ];
  const compromised = kinds.map((kind) => ({
    person: (kind === 'secondary_mailbox' ? linked : open).shift() as Resident,
    kind,
  }));
  const others = [...linked.slice(0, 1), ...open].slice(0, settings.attacked - compromised.length);
  const taken = new Set([...compromised.map(({ person }) => person), ...others]);
  return { compromised, others, rest: targets.filter((person) => !taken.has(person)) };
}

/** One to three looks at the account, then the takeover in the second half of the month. */
function draftTakeover(person: Resident, kind: TakeoverKind, random: Random): Draft[] {
  const key = 0.55 + random.next() * 0.3;
  const probes = random.int(1, 3);
  const drafts: Draft[] = [];
  for (let count = 0; count < probes; count++) drafts.push({ person, key: key * random.next(), step: 'options' });
  // Relay phishing and the help desk use no reset page: the last look is what they follow.
  const isFlow = kind !== 'relay_phishing' && kind !== 'help_desk';
  drafts.push({ person, key, step: isFlow ? 'takeover' : 'options' });
  return drafts;
}

function draftAttack(person: Resident, attack: keyof typeof ATTACKS, random: Random): Draft[] {
  const key = 0.05 + random.next() * 0.95;
  const before = weighted({ '0': 45, '1': 35, '2': 20 }, random);
  const drafts: Draft[] = [];
  for (let count = 0; count < Number(before); count++)
    drafts.push({ person, key: key * random.next(), step: 'options' });
  if (isPasswordAttack(attack)) return [...drafts, { person, key, step: probeOf(person, random) }];
  drafts.push({ person, key, step: attack });
  if (random.chance(0.15)) drafts.push({ person, key: key + (1 - key) * random.next(), step: attack });
  return drafts;
}

/** Everybody on the list gets a look while attempts last; what is left are second and third looks. */
function draftProbes(people: readonly Resident[], count: number, random: Random): Draft[] {
  const first = people.slice(0, Math.min(people.length, Math.round(count * 0.88)));
  const again = Array.from({ length: count - first.length }, () => random.pick(first));
  return [...first, ...again].map((person) => ({ person, key: random.next(), step: probeOf(person, random) }));
}

function probeOf(person: Resident, random: Random): Strike {
  if (random.chance(0.15)) return 'submitted';
  if (person.recovery !== 'enabled') return person.recovery;
  return random.chance(0.8) ? 'options' : 'cancelled';
}

/** Gives attempts their times, in bursts of 3 to 20 accounts from one address. */
function place(settings: CampaignSettings, drafts: readonly Draft[], random: Random): Attempt[] {
  const queue = [...drafts].sort((a, b) => a.key - b.key);
  const times = queue.map(() => workingTime(settings, random)).sort((a, b) => a - b);
  const attempts: Attempt[] = [];
  while (queue.length > 0) {
    const device = attackClient(random);
    const spot = attackSpot(random.int(0, ATTACK_NETWORKS - 1), random);
    let at = times[attempts.length] ?? settings.from + FIRST_ATTACK;
    for (const draft of takeBurst(queue, burstSize(queue.length, random))) {
      attempts.push({ ...draft, at, flow: random.uuid(), spot, device });
      at += random.int(15, 150) * SECOND;
    }
  }
  return attempts;
}

/** The attackers keep office hours, and start in the evening of the second day. */
function workingTime({ from, days }: CampaignSettings, random: Random): number {
  const day = random.int(1, days - 1);
  const hour = day === 1 ? 21 + random.next() * 2 : 4 + (random.next() + random.next()) * 6;
  return from + day * DAY + Math.floor(hour * HOUR);
}

/** 3 to 20, and never such that one or two are left over. */
function burstSize(left: number, random: Random): number {
  if (left <= 5) return left;
  const size = Math.min(random.chance(0.5) ? random.int(3, 9) : random.int(8, 20), left);
  return left - size > 0 && left - size < 3 ? left - 3 : size;
}

/** Takes the next drafts of different persons off the queue. */
function takeBurst(queue: Draft[], size: number): Draft[] {
  const burst: Draft[] = [];
  for (let at = 0; at < queue.length && burst.length < size; ) {
    const draft = queue[at] as Draft;
    if (burst.some((other) => other.person === draft.person)) at++;
    else burst.push(...queue.splice(at, 1));
  }
  return burst;
}

function actsOf(attempt: Attempt, onlyProbed: ReadonlySet<Resident>, random: Random): Act[] {
  const { step, at } = attempt;
  if (step === 'takeover') return [];
  const acts: Act[] = [{ at, play: (scene) => playAttempt(scene, step, attempt) }];
  // Guessing a password is not knowing it: still only identified.
  if (onlyProbed.has(attempt.person) && random.chance(0.05)) {
    acts.push({
      at: at + random.int(2, 20) * MINUTE,
      play: (scene) => playPasswordAttack(scene, attempt, WRONG_PASSWORDS),
    });
  }
  return acts;
}

/** Minutes to days after the last look somebody tries the right password and fails at the next door. */
function passwordAct(settings: CampaignSettings, attack: PasswordAttack, last: Attempt, random: Random): Act {
  const at = Math.min(last.at + random.int(5, 60 * 60) * MINUTE, settings.end - 4 * HOUR);
  const spot = attackSpot(random.int(1, ATTACK_NETWORKS - 1), random);
  const facts = { person: last.person, at, spot, device: attackClient(random) };
  return { at, play: (scene) => playPasswordAttack(scene, facts, attack) };
}

function isPasswordAttack(attack: keyof typeof ATTACKS): attack is PasswordAttack {
  return attack === 'password_known' || attack === 'factor_refused';
}

function lastOf(attempts: readonly Attempt[], person: Resident): Attempt {
  return attempts.findLast((attempt) => attempt.person === person) as Attempt;
}
