/** What can be subscribed to, by whom and for how long (the table "Supported resources" of the change notification docs). */
import { badRequest } from '../refusal.ts';
import type { Settings } from '../settings.ts';

/** What a subscription watches. */
export type Target =
  | { readonly kind: 'users'; readonly id?: string }
  | { readonly kind: 'groups'; readonly id?: string }
  | { readonly kind: 'messages'; readonly user: string };

/** Kinds of resources that can be subscribed to here. */
export type TargetKind = Target['kind'];

interface Rules {
  readonly changeTypes: readonly string[];
  /** Read permissions only: the documents say that write permissions are no substitute. */
  readonly permissions: readonly string[];
  readonly longestMinutes: (settings: Settings) => number;
}

/** Longest life of directory subscriptions: less than 29 days. */
const DIRECTORY_MINUTES = 41_760;

const RULES: Readonly<Record<TargetKind, Rules>> = {
  users: {
    changeTypes: ['updated', 'deleted'],
    permissions: ['User.Read.All'],
    longestMinutes: () => DIRECTORY_MINUTES,
  },
  groups: {
    changeTypes: ['updated', 'deleted'],
    permissions: ['Group.Read.All'],
    longestMinutes: () => DIRECTORY_MINUTES,
  },
  messages: {
    changeTypes: ['created', 'updated', 'deleted'],
    permissions: ['Mail.ReadBasic', 'Mail.ReadBasic.All', 'Mail.Read'],
    longestMinutes: ({ mailSubscriptionMinutes }) => mailSubscriptionMinutes,
  },
};

const PATHS: readonly (readonly [RegExp, (id: string) => Target])[] = [
  [/^users(?:\/([^/?]+))?$/i, (id) => (id === '' ? { kind: 'users' } : { kind: 'users', id })],
  [
    /^groups(?:\/([^/?]+))?(?:\/(?:members|owners))?$/i,
    (id) => (id === '' ? { kind: 'groups' } : { kind: 'groups', id }),
  ],
  [/^users\/([^/?]+)\/(?:mailfolders(?:\/|\(')[^/?]+?(?:'\))?\/)?messages$/i, (user) => ({ kind: 'messages', user })],
];

/** @throws Refusal 400 for resources that Graph does not push, or that the simulator does not know */
export function parseResource(resource: string): Target {
  const path = resource.replace(/^\//, '');
  if (/^me(\/|$)/i.test(path)) {
    throw badRequest('/me request is only valid with delegated authentication flow.');
  }
  if (path.includes('?')) {
    throw badRequest('Query options in the resource are not supported by the simulator.', 'InvalidRequest');
  }
  for (const [pattern, make] of PATHS) {
    const match = pattern.exec(path);
    if (match) return make(match[1] ?? '');
  }
  throw badRequest('Subscription is not supported for this resource.', 'InvalidRequest');
}

/** The allowed kinds of change of a target. @throws Refusal 400 */
export function parseChangeTypes(text: string, { kind }: Target): readonly string[] {
  const types = text.split(',').map((type) => type.trim().toLowerCase());
  if (types.every((type) => RULES[kind].changeTypes.includes(type))) return types;
  throw badRequest(`changeType of ${kind} must be among ${RULES[kind].changeTypes.join(', ')}.`, 'InvalidRequest');
}

/** Whether the application may watch this. */
export function mayWatch({ kind }: Target, settings: Settings): boolean {
  return RULES[kind].permissions.some((permission) => settings.permissions.includes(permission));
}

/** Anything shorter is raised to it. */
const SHORTEST_MINUTES = 45;

/**
 * When a subscription ends that was asked to end at `wanted`; epoch ms.
 * @throws Refusal 400 for times that have passed, and beyond the longest life
 */
export function expiryOf(wanted: number, { kind }: Target, now: number, settings: Settings): number {
  const longest = RULES[kind].longestMinutes(settings);
  if (Number.isNaN(wanted) || wanted <= now) {
    throw badRequest('Expiration time of subscription must be in the future.', 'InvalidRequest');
  }
  if (wanted > now + longest * 60_000) {
    throw badRequest(`Subscription expiration can only be ${longest} minutes in the future.`, 'ExtensionError');
  }
  return Math.max(wanted, now + SHORTEST_MINUTES * 60_000);
}
