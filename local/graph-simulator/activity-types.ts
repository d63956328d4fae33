/**
 * The audit activities of a fresh tenant, as far as account recovery is concerned: entra-docs,
 * identity/monitoring-health/reference-audit-activities.md.
 */
import { uuidFrom } from './authentication-method.ts';
import type { ActivityType } from './tenant.ts';

const NAMES: Readonly<Record<string, readonly string[]>> = {
  'Self-service Password Management|UserManagement': [
    'Self-service password reset flow activity progress',
    'Reset password (self-service)',
    'Change password (self-service)',
    'Reset password (by admin)',
    'Unlock user account (self-service)',
    'Blocked from self-service password reset',
    'Security info saved for self-service password reset',
    'User registered for self-service password reset',
  ],
  'Self-service Password Management|DirectoryManagement': [
    'Enable password writeback for directory',
    'Disable password writeback for directory',
  ],
  'Authentication Methods|UserManagement': [
    'User registered security info',
    'User registered all required security info',
    'User started security info registration',
    'User canceled security info registration',
    'User reviewed security info',
    'User updated security info',
    'User changed default security info',
    'User deleted security info',
    'Admin registered security info',
    'Admin updated security info',
    'Admin deleted security info',
    'Admin started password reset',
    'User started password reset',
    'User started password change',
    'Get passkey creation options',
    'Create Temporary Access Pass method for user',
    'Update per-user multifactor authentication state',
  ],
  'Authentication Methods|ApplicationManagement': [
    'Authentication Methods Policy Update',
    'Authentication Methods Policy Reset',
  ],
  'Core Directory|UserManagement': [
    'Add user',
    'Update user',
    'Delete user',
    'Restore user',
    'Change user password',
    'Reset password',
    'Reset user password',
    'Set force change user password',
    'Disable Strong Authentication',
    'Enable Strong Authentication',
    'Add users strong authentication phone app detail',
    'Remove users strong authentication phone app detail',
    'Update StsRefreshTokenValidFrom Timestamp',
    'Create application password for user',
    'Delete application password for user',
    'Disable account',
    'Enable account',
    'Convert federated user to managed',
  ],
  'Core Directory|ApplicationManagement': ['Consent to application', 'Add delegated permission grant'],
  'Core Directory|RoleManagement': ['Add member to role', 'Add eligible member to role'],
  'Core Directory|DirectoryManagement': ['Set federation settings on domain', 'Set domain authentication'],
  'Device Registration Service|UserManagement': [
    'Add Passkey (device-bound)',
    'Add Windows Hello for Business credential',
    'Delete Windows Hello for Business credential',
    'Add passwordless phone sign-in credential',
    'Delete passwordless phone sign-in credential',
    'Add platform credential',
    'Delete platform credential',
  ],
  'Device Registration Service|Device': ['Register device'],
  'Azure MFA|UserManagement': [
    'Suspicious activity reported',
    'Fraud reported - user is blocked for MFA',
    'Fraud reported - no action taken',
    'User registered security info',
  ],
  'Conditional Access|Policy': [
    'Update Conditional Access policy',
    'Delete Conditional Access policy',
    'Update security defaults',
  ],
};

/** The list, until somebody renames something. */
export const ACTIVITY_TYPES: readonly ActivityType[] = Object.entries(NAMES).flatMap(([group, names]) => {
  const [service = '', category = ''] = group.split('|');
  return names.map((activity) => ({ id: uuidFrom(`${group}|${activity}`), activity, category, service }));
});
