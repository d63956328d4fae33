/** Authentication methods, as Graph shows them. */
import { createHash } from 'node:crypto';
import { z } from 'zod';

/** One method of a user in Graph's shape. */
export const methodSchema = z.looseObject({
  '@odata.type': z.string().startsWith('#microsoft.graph.'),
  id: z.string().min(1),
});
/** One method of a user. */
export type Method = z.infer<typeof methodSchema>;

/** Methods of which a user has one have the same id for everybody: changing the value keeps it (documented). */
const FIXED_IDS = {
  password: '28c10230-6103-485e-b985-444c60001490',
  email: '3ddfcfc8-9383-446f-83cc-3ab9be4be18f',
  mobile: '3179e48a-750b-4051-897c-87b9720928f7',
  alternateMobile: 'b6332ec1-7057-4abe-9331-3d72feddfe41',
  office: 'e37fc753-ff3b-4958-9484-eaa9425c82bc',
} as const;

/** Kind of a phone method. */
export type PhoneType = 'mobile' | 'alternateMobile' | 'office';

/** Everybody has this one; the value never comes out. */
export function passwordMethod(createdDateTime: string | null): Method {
  const type = '#microsoft.graph.passwordAuthenticationMethod';
  return { '@odata.type': type, id: FIXED_IDS.password, createdDateTime, password: null };
}

/** The address that codes for password reset go to. */
export function emailMethod(emailAddress: string): Method {
  const type = '#microsoft.graph.emailAuthenticationMethod';
  return { '@odata.type': type, id: FIXED_IDS.email, createdDateTime: null, emailAddress };
}

/** A phone for codes and calls. */
export function phoneMethod(phoneNumber: string, phoneType: PhoneType = 'mobile'): Method {
  return {
    '@odata.type': '#microsoft.graph.phoneAuthenticationMethod',
    id: FIXED_IDS[phoneType],
    createdDateTime: null,
    phoneNumber,
    phoneType,
    smsSignInState: 'notConfigured',
  };
}

/** Another kind of method. `seed` makes the id: the same seed, the same method. */
export function otherMethod(
  kind: 'microsoftAuthenticator' | 'fido2' | 'temporaryAccessPass',
  seed: string,
  facts: Readonly<Record<string, unknown>>,
): Method {
  return { '@odata.type': `#microsoft.graph.${kind}AuthenticationMethod`, id: uuidFrom(`${kind} ${seed}`), ...facts };
}

/** Kind of a method: the middle of its type name. */
export function kindOf(method: Method): string {
  return method['@odata.type'].replace('#microsoft.graph.', '').replace('AuthenticationMethod', '');
}

/** A UUID that depends on nothing but the text. */
export function uuidFrom(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
