/** What a user object consists of. */
import { z } from 'zod';

/** A user of the directory. */
const userSchema = z.strictObject({
  id: z.string().min(1),
  userPrincipalName: z.string().min(1),
  displayName: z.string().nullable(),
  givenName: z.string().nullable(),
  surname: z.string().nullable(),
  jobTitle: z.string().nullable(),
  officeLocation: z.string().nullable(),
  /** Null = no mailbox. */
  mail: z.string().nullable(),
  mobilePhone: z.string().nullable(),
  businessPhones: z.array(z.string()).readonly(),
  otherMails: z.array(z.string()).readonly(),
  proxyAddresses: z.array(z.string()).readonly(),
  identities: z.array(z.record(z.string(), z.unknown())).readonly(),
  preferredLanguage: z.string().nullable(),
  usageLocation: z.string().nullable(),
  userType: z.enum(['Member', 'Guest']),
  accountEnabled: z.boolean(),
  createdDateTime: z.string().nullable(),
  lastPasswordChangeDateTime: z.string().nullable(),
  signInSessionsValidFromDateTime: z.string().nullable(),
  onPremisesSyncEnabled: z.boolean().nullable(),
  passwordPolicies: z.string().nullable(),
});
/** A user of the directory. */
export type User = z.infer<typeof userSchema>;

/** A user as it is given to the simulator: what is left out is as in `toUser`. */
export type UserInput = Partial<User> & Pick<User, 'id' | 'userPrincipalName'>;
/** A user as it is given to the simulator; JSON has no undefined. */
export const userInputSchema = userSchema
  .partial()
  .required({ id: true, userPrincipalName: true }) as unknown as z.ZodType<UserInput>;

/** A change of some properties of a user. */
export type UserChange = Partial<Omit<User, 'id'>>;
/** A change of some properties of a user. */
export const userChangeSchema = userSchema.omit({ id: true }).partial() as unknown as z.ZodType<UserChange>;

/** An enabled member without a mailbox, with nothing filled in. */
const EMPTY: Omit<User, 'id' | 'userPrincipalName'> = {
  displayName: null,
  givenName: null,
  surname: null,
  jobTitle: null,
  officeLocation: null,
  mail: null,
  mobilePhone: null,
  businessPhones: [],
  otherMails: [],
  proxyAddresses: [],
  identities: [],
  preferredLanguage: null,
  usageLocation: null,
  userType: 'Member',
  accountEnabled: true,
  createdDateTime: null,
  lastPasswordChangeDateTime: null,
  signInSessionsValidFromDateTime: null,
  onPremisesSyncEnabled: null,
  passwordPolicies: null,
};

/** A whole user. @throws ZodError for unknown properties and wrong types */
export function toUser(input: UserInput): User {
  return { ...EMPTY, ...userInputSchema.parse(input) };
}

/** Every property that can be selected. */
export const USER_PROPERTIES: readonly string[] = Object.keys(userSchema.shape);

/** What comes without `$select`, as the documents list it. */
export const DEFAULT_USER_PROPERTIES = [
  'businessPhones',
  'displayName',
  'givenName',
  'jobTitle',
  'mail',
  'mobilePhone',
  'officeLocation',
  'preferredLanguage',
  'surname',
  'userPrincipalName',
  'id',
] as const;
