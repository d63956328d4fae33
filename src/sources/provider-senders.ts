/** Which provider a mail comes from, and what kind of account mail it is. */
import type { MailKind, Providers } from './knowledge.ts';

/** What a sender and a subject tell. */
export interface ProviderMail {
  readonly provider: string;
  readonly kind: MailKind;
}

/** Looks a sender up; `undefined` for everybody who is no provider's account sender. */
export type ProviderLookup = (sender: string, subject: string) => ProviderMail | undefined;

/** Indexes the senders by address and by domain. A full address goes before its domain. */
export function createProviderLookup({ providers, subjects }: Providers): ProviderLookup {
  const senders = new Map<string, ProviderMail>();
  for (const [provider, entry] of Object.entries(providers)) {
    for (const { address, kind } of entry.senders) senders.set(address, { provider, kind });
  }
  return (sender, subject) => {
    const known = senders.get(sender) ?? senders.get(`*${sender.slice(sender.lastIndexOf('@'))}`);
    if (!known) return undefined;
    const lower = subject.toLowerCase();
    const hint = subjects.find(({ contains }) => contains.some((part) => lower.includes(part)));
    return hint ? { provider: known.provider, kind: hint.kind } : known;
  };
}

/** True when a subject reads like an account mail of some provider: for mails whose sender is not recorded. */
export function createSecuritySubjects({ subjects }: Providers): (subject: string) => boolean {
  const parts = subjects.flatMap(({ contains }) => contains);
  return (subject) => {
    const lower = subject.toLowerCase();
    return parts.some((part) => lower.includes(part));
  };
}

/** A subject without anything that may be a code: four or more digits, or a short mix of capitals and digits. */
export function withoutCodes(subject: string): string {
  return subject.replace(
    /\b(?=[\w-]*\d)[A-Za-z0-9]{1,4}-\d{3,}\b|\d[\d -]{2,}\d|\b(?=[A-Z]*\d)(?=\d*[A-Z])[A-Z0-9]{4,12}\b/g,
    '###',
  );
}
