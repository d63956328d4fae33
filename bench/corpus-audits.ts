/** What happens in the audit log of the benchmark's corpus, and how often. */
import type { Random } from '../local/campaign/random.ts';

/** Activities by weight; most of a directory's log is about users, devices, groups and licences, not about recovery. */
export const ACTIVITIES = {
  'Update user': 380,
  'Update device': 130,
  'Add member to group': 110,
  'Update group': 70,
  'Remove member from group': 60,
  'Update service principal': 60,
  'Change user license': 40,
  'Add registered owner to device': 30,
  'User started security info registration': 22,
  'User registered security info': 20,
  'Self-service password reset flow activity progress': 18,
  'Reset password (self-service)': 8,
  'Add user': 8,
  'Delete user': 5,
  'Reset password (by admin)': 5,
  'Consent to application': 5,
  'Add delegated permission grant': 5,
  'User deleted security info': 4,
  'Invite external user': 4,
  'Add service principal': 3,
  'Device no longer compliant': 3,
  'Unlock user account (self-service)': 2,
  'Add member to role': 2,
  'Add app role assignment to service principal': 2,
  'Add eligible member to role': 1,
  'Add owner to application': 1,
  'Update conditional access policy': 1,
  'Read BitLocker key': 1,
  'Blocked from self-service password reset': 1,
  'Disable Strong Authentication': 0.3,
} as const;

/** One of them. */
export type Activity = keyof typeof ACTIVITIES;

type Kind = readonly [category: string, service: string, operation: string];

const USER: Kind = ['UserManagement', 'Core Directory', 'Update'];
const GROUP: Kind = ['GroupManagement', 'Core Directory', 'Update'];
const DEVICE: Kind = ['Device', 'Core Directory', 'Update'];
const APPLICATION: Kind = ['ApplicationManagement', 'Core Directory', 'Update'];
const ROLE: Kind = ['RoleManagement', 'Core Directory', 'Assign'];
const RESET: Kind = ['UserManagement', 'Self-service Password Management', 'Update'];
const METHOD: Kind = ['UserManagement', 'Authentication Methods', 'Add'];

/** Category, service and operation type of each activity. */
export const PROPERTIES: Readonly<Record<Activity, Kind>> = {
  'Update user': USER,
  'Update device': DEVICE,
  'Add member to group': GROUP,
  'Update group': GROUP,
  'Remove member from group': GROUP,
  'Update service principal': APPLICATION,
  'Change user license': USER,
  'Add registered owner to device': DEVICE,
  'User started security info registration': METHOD,
  'User registered security info': METHOD,
  'Self-service password reset flow activity progress': RESET,
  'Reset password (self-service)': RESET,
  'Add user': USER,
  'Delete user': USER,
  'Reset password (by admin)': RESET,
  'Consent to application': APPLICATION,
  'Add delegated permission grant': APPLICATION,
  'User deleted security info': METHOD,
  'Invite external user': ['UserManagement', 'Invited Users', 'Add'],
  'Add service principal': APPLICATION,
  'Device no longer compliant': DEVICE,
  'Unlock user account (self-service)': RESET,
  'Add member to role': ROLE,
  'Add app role assignment to service principal': APPLICATION,
  'Add eligible member to role': ['RoleManagement', 'PIM', 'Assign'],
  'Add owner to application': APPLICATION,
  'Update conditional access policy': ['Policy', 'Conditional Access', 'Update'],
  'Read BitLocker key': ['KeyManagement', 'Core Directory', 'Other'],
  'Blocked from self-service password reset': RESET,
  'Disable Strong Authentication': USER,
};

const ORDINARY = [
  'AccountEnabled',
  'AssignedLicense',
  'Department',
  'JobTitle',
  'Included Updated Properties',
] as const;
const METHODS = ['StrongAuthenticationMethod', 'StrongAuthenticationRequirement', 'StsRefreshTokensValidFrom'] as const;

/** One changed property, JSON inside a string as Entra writes it; one in three is about sign-in methods. */
export function propertyChange(activity: Activity, random: Random): Record<string, unknown> {
  if (activity.includes('to role')) {
    return { displayName: 'Role.DisplayName', oldValue: null, newValue: '"Reports Reader"' };
  }
  const displayName = random.chance(1 / 3) ? random.pick(METHODS) : random.pick(ORDINARY);
  const word = () => random.uuid().slice(0, 12);
  const newValue =
    displayName === 'StrongAuthenticationRequirement' ? `[{"State":${random.int(0, 2)}}]` : `["${word()}"]`;
  return { displayName, oldValue: `["${word()}"]`, newValue };
}
