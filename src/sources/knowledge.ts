/** What the log sources must be told, because it is content or a secret and not code. */
import { z } from 'zod';
import type { clientOf } from './clients.ts';
import type { IndicatorList, Indicators } from './indicators.ts';

/** What a provider's mail says. */
export const MAIL_KINDS = [
  'verification_code',
  'password_changed',
  'security_info_changed',
  'sign_in_alert',
  'account_alert',
  'other',
] as const;
/** What a provider's mail says; `other` = from a provider's account sender, with no subject that we know. */
export type MailKind = (typeof MAIL_KINDS)[number];

const MailKindSchema = z.enum(MAIL_KINDS);

/** One sender of account mail. */
const ProviderSender = z.strictObject({
  /** A full address, or `*@domain` for every address of exactly that domain. Lower case. */
  address: z
    .string()
    .regex(/^(?:\*|[^\s@*]+)@[^\s@*]+\.[^\s@*]+$/, 'must be an address or *@domain')
    .toLowerCase(),
  /** Kind of a mail whose subject no pattern matches. */
  kind: MailKindSchema.default('other'),
  /** Who says that mail comes from here. H = the provider or a signed capture, M = a published rule, L = a web page. */
  source: z.string().regex(/^[HML]: /, 'must start with "H: ", "M: " or "L: "'),
});

/** `rules/providers.yml`: who sends account mail, and what the subjects mean. */
export const Providers = z.strictObject({
  /** In order: the first pattern that the subject contains (ignoring case) decides. Hints only: subjects are translated. */
  subjects: z.array(
    z.strictObject({ kind: MailKindSchema, contains: z.array(z.string().min(3).toLowerCase()).min(1) }),
  ),
  /** Provider name → its senders. */
  providers: z.record(z.string().regex(/^[a-z]+$/), z.strictObject({ senders: z.array(ProviderSender).min(1) })),
});
/** `rules/providers.yml`, parsed. */
export type Providers = z.infer<typeof Providers>;

/** Everything that `createSources` needs. */
export interface Knowledge {
  readonly providers: Providers;
  readonly indicators: readonly IndicatorList[];
  /** Keyed hash (HMAC), for phone numbers, addresses and message ids after normalization. Same key = comparable. */
  readonly hash: (value: string) => string;
}

/** What the sources share while they read: the knowledge, indexed. */
export interface Lookups {
  readonly indicators: Indicators;
  readonly clientOf: typeof clientOf;
  readonly hash: (value: string) => string;
}

/** What reading `providers.yml` came to. Problems name the place inside the document. */
export type ProvidersReading =
  | { readonly ok: true; readonly providers: Providers }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Checks the parsed document of `providers.yml`. Never throws. */
export function checkProviders(document: unknown): ProvidersReading {
  const parsed = Providers.safeParse(document);
  if (parsed.success) return { ok: true, providers: parsed.data };
  const problems = parsed.error.issues.map((issue) => `${issue.path.map(String).join('.')}: ${issue.message}`);
  return { ok: false, problems };
}
