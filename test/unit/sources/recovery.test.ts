import { describe, expect, it } from 'vitest';
import { recoveryOf } from '../../../src/sources/recovery.ts';

const FLOW = 'self-service password reset flow activity progress';

describe('steps of a self-service reset', () => {
  it.each([
    ['User submitted their user ID', { step: 'submitted' }],
    ['User was presented with verification options', { step: 'options' }],
    ['User started the mobile SMS verification option', { step: 'gate_started', gate: 'sms' }],
    ['User completed the mobile SMS verification option', { step: 'gate_completed', gate: 'sms' }],
    ['User started the mobile voice call verification option', { step: 'gate_started', gate: 'voice' }],
    ['User started the office phone call verification option', { step: 'gate_started', gate: 'voice' }],
    ['User completed the email verification option', { step: 'gate_completed', gate: 'email' }],
    ['User started the mobile app notification verification option', { step: 'gate_started', gate: 'app_push' }],
    ['User completed the Authenticator notification verification option', { step: 'gate_completed', gate: 'app_push' }],
    ['User started the mobile app code verification option', { step: 'gate_started', gate: 'app_code' }],
    ['User completed the authenticator code verification option', { step: 'gate_completed', gate: 'app_code' }],
    ['User started the software token verification option', { step: 'gate_started', gate: 'app_code' }],
    ['User completed the security questions verification option', { step: 'gate_completed', gate: 'questions' }],
    ['User started the carrier pigeon verification option', { step: 'gate_started', gate: 'other' }],
    ['User completed all verification steps required to reset their password', { step: 'verified' }],
    ['User submitted a new password', { step: 'password_submitted' }],
    ['User successfully reset password', { step: 'completed' }],
    ['User cancelled before passing the required authentication methods', { step: 'cancelled' }],
    ['User canceled before passing the required authentication methods.', { step: 'cancelled' }],
    ['User failed the mobile SMS verification option', { step: 'gate_failed', gate: 'sms' }],
    ['  USER   started the MOBILE SMS verification option.. ', { step: 'gate_started', gate: 'sms' }],
    ['Something nobody has seen yet', { step: 'other' }],
    ['', { step: 'other' }],
  ])('%s', (reason, expected) => expect(recoveryOf(FLOW, true, { reason: () => reason })).toEqual(expected));

  it.each([
    [
      "User's account has insufficient authentication methods defined. Add authentication info to resolve this ",
      { step: 'insufficient_methods' },
    ],
    ['Password reset is not enabled for this user', { step: 'not_enabled' }],
    ['User started the mobile SMS verification option', { step: 'gate_failed', gate: 'sms' }],
    ['The verification code is wrong', { step: 'gate_failed', gate: 'other' }],
    ['User submitted a new password', { step: 'other' }],
    ['User was blocked: too many attempts', { step: 'blocked' }],
  ])('failed: %s', (reason, expected) => expect(recoveryOf(FLOW, false, { reason: () => reason })).toEqual(expected));

  it.each([
    ['reset password (self-service)', true, { step: 'completed' }],
    ['reset password (self-service)', false, { step: 'other' }],
    ['unlock user account (self-service)', true, { step: 'unlocked' }],
    ['blocked from self-service password reset', true, { step: 'blocked' }],
    ['reset password (by admin)', true, undefined],
    ['update user', true, undefined],
  ])('%s, succeeded: %s', (activity, succeeded, expected) =>
    expect(recoveryOf(activity, succeeded, { reason: () => undefined })).toEqual(expected),
  );
});
