/** What a finding says happened, in the words of notices: its state, and the kinds of change. */
import type { Finding, Outcome } from '../model/finding.ts';
import type { NoticeState } from '../model/notice.ts';

/** Kinds of change that catalogs have words for. `other`: any change that has none of its own. */
export const CHANGE_KINDS = [
  'password-reset',
  'method-added',
  'method-removed',
  'contact-changed',
  'mail-diverted',
  'app-allowed',
  'other',
] as const;
/** A kind of change. */
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** By name of the detection rule whose hit it is. Other rules that tell of a change are `other`. */
const KIND_OF_RULE: Readonly<Record<string, ChangeKind>> = {
  'app-allowed': 'app-allowed',
  'app-password-created': 'app-allowed',
  'contact-added-new-place': 'contact-changed',
  'device-registered-new-place': 'other',
  'mail-consent': 'app-allowed',
  'mail-diverted': 'mail-diverted',
  'method-added': 'method-added',
  'method-added-new-place': 'method-added',
  'method-changed': 'other',
  'method-changed-by-admin': 'other',
  'method-removed': 'method-removed',
  'method-removed-new-place': 'method-removed',
  'mfa-turned-off': 'other',
  'password-changed': 'password-reset',
  'password-changed-new-place': 'password-reset',
  'password-set-from-known-place': 'password-reset',
  'recovery-contact-added': 'contact-changed',
  'recovery-contact-on-file': 'contact-changed',
  'recovery-policy-changed': 'other',
  'reset-by-admin': 'password-reset',
  'reset-by-graph': 'password-reset',
  'reset-completed': 'password-reset',
  'reset-completed-new-place': 'password-reset',
  'reset-completed-without-address': 'password-reset',
  'reset-of-sensitive-account': 'password-reset',
  'role-assigned': 'other',
  'security-mail-deleted': 'other',
  'sensitive-account-reset-unfamiliar': 'password-reset',
  'self-unlock': 'other',
  'self-unlock-new-place': 'other',
  'temporary-pass-created': 'method-added',
};

/** Rules after whose hits a recovery message goes somewhere else than before: previous channels are told, too. */
const CONTACT_RULES = new Set([
  'contact-added-new-place',
  'method-added',
  'method-added-new-place',
  'method-changed',
  'method-changed-by-admin',
  'method-removed',
  'method-removed-new-place',
  'recovery-contact-added',
  'recovery-contact-on-file',
]);

/** Kinds of change in the evidence, each once, in the order of `CHANGE_KINDS`. */
export function changeKinds(finding: Finding): readonly ChangeKind[] {
  const kinds = new Set(finding.evidence.flatMap(({ rule }) => KIND_OF_RULE[rule] ?? []));
  if (finding.changes.length > 0 && kinds.size === 0) kinds.add('other');
  return CHANGE_KINDS.filter((kind) => kinds.has(kind));
}

/** Whether recovery methods or contacts were changed. */
export function hasContactChange(finding: Finding): boolean {
  return finding.evidence.some(({ rule }) => CONTACT_RULES.has(rule));
}

/** The rules whose changes have a kind, for the test that holds this list against the rules. */
export const RULES_WITH_KIND: readonly string[] = Object.keys(KIND_OF_RULE);

/**
 * What the first line says. `outcome` is that of the chains people are told of, which can be weaker than the finding's.
 * Compromised: somebody got in. Else, when any change is in the evidence: something was changed, even if the chain alone
 * would only be a look-up, because a change wants another answer than a try. Else: somebody tried.
 */
export function stateOf(outcome: Outcome, finding: Finding): NoticeState {
  if (outcome === 'compromised') return 'got-in';
  return finding.changes.length > 0 ? 'changed' : 'tried';
}
