/** The people of the reference campaign as users of the directory. */
import type { CampaignPerson } from '../campaign.ts';
import {
  emailMethod,
  type Method,
  otherMethod,
  passwordMethod,
  phoneMethod,
  uuidFrom,
} from './authentication-method.ts';
import { toUser, type User } from './user-properties.ts';

/** The group that everybody is in. */
export const CAMPAIGN_GROUP = { id: uuidFrom('group of the campaign'), displayName: 'Everybody' } as const;

/** A user with what proves their identity. */
export interface CampaignUser {
  readonly user: User;
  readonly methods: readonly Method[];
  /** Day of the campaign on which the account is made; 0 = before. */
  readonly joins: number;
}

const DAY = 86_400_000;

/** The user of a person, and that of a second mailbox. @param from start of the campaign, epoch ms */
export function campaignUsers(person: CampaignPerson, index: number, from: number): CampaignUser[] {
  const changed = new Date(from - (1 + (index % 180)) * DAY).toISOString();
  const { id, upn, name, language, number, privateMail, secondary, joins } = person;
  const own = account(id, upn, name, language, changed, {
    mobilePhone: number,
    otherMails: [privateMail],
  });
  const users: CampaignUser[] = [
    { user: own, methods: joins > 0 ? [passwordMethod(null)] : methodsOf(person, changed), joins },
  ];
  if (secondary) {
    const second = account(secondary.id, secondary.upn, secondary.name, language, changed, {});
    users.push({ user: second, methods: [passwordMethod(changed)], joins: 0 });
  }
  return users;
}

function account(id: string, upn: string, name: string, language: string, changed: string, more: Partial<User>): User {
  return toUser({
    id,
    userPrincipalName: upn,
    displayName: name,
    mail: upn,
    preferredLanguage: language,
    proxyAddresses: [`SMTP:${upn}`],
    createdDateTime: changed,
    lastPasswordChangeDateTime: changed,
    signInSessionsValidFromDateTime: changed,
    ...more,
  });
}

/** Whom password reset tells that there is too little to go by has nothing but a password. */
function methodsOf({ id, recovery, number, privateMail, secondary }: CampaignPerson, changed: string): Method[] {
  if (recovery === 'insufficient') return [passwordMethod(changed)];
  return [
    passwordMethod(changed),
    emailMethod(secondary?.upn ?? privateMail),
    phoneMethod(number),
    otherMethod('microsoftAuthenticator', id, {
      createdDateTime: changed,
      displayName: 'Phone',
      deviceTag: 'SoftwareTokenActivated',
      phoneAppVersion: '6.8.30',
    }),
  ];
}
