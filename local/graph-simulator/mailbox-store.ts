/** Mailboxes: the metadata of mails, and inbox rules. */
import { z } from 'zod';
import type { Database } from './database.ts';
import { createItems, type Items } from './item-store.ts';

const address = z.strictObject({ emailAddress: z.strictObject({ name: z.string(), address: z.string() }) });
const header = z.strictObject({ name: z.string(), value: z.string() });

/** A mail without its body. */
export const messageSchema = z.strictObject({
  id: z.string().min(1),
  receivedDateTime: z.iso.datetime(),
  sentDateTime: z.iso.datetime().optional(),
  subject: z.string(),
  bodyPreview: z.string().default(''),
  from: address,
  toRecipients: z.array(address).readonly(),
  internetMessageId: z.string(),
  internetMessageHeaders: z.array(header).readonly().default([]),
  parentFolderId: z.string().default('inbox'),
  isRead: z.boolean().default(false),
  hasAttachments: z.boolean().default(false),
});
/** A mail without its body. */
export type Message = z.infer<typeof messageSchema>;

/** An inbox rule in Graph's shape. It has no time: Graph does not say when one was made. */
export const ruleSchema = z.looseObject({ id: z.string().min(1), displayName: z.string() });
/** An inbox rule. */
export type Rule = z.infer<typeof ruleSchema>;

/** All mailboxes. Users are meant by id, lower case. */
export interface MailboxStore {
  readonly rules: Items<readonly Rule[]>;
  readonly addMessage: (user: string, message: Message) => void;
  readonly message: (user: string, id: string) => Message | undefined;
  /** Newest first, skipping the first `skip`. */
  readonly messages: (user: string, skip: number, most: number) => Message[];
}

/** A change that subscribers are told of. */
export type MessageListener = (user: string, message: string) => void;

/** Mailboxes in the given file. */
export function createMailboxStore(database: Database, onMessage: MessageListener): MailboxStore {
  const { sql } = database;
  const insert = sql.prepare('INSERT OR REPLACE INTO message VALUES(?,?,?,?)');
  const one = sql.prepare('SELECT body FROM message WHERE id=? AND user=?');
  const list = sql.prepare('SELECT body FROM message WHERE user=? ORDER BY at DESC, id DESC LIMIT ? OFFSET ?');
  const parse = (body: unknown) => JSON.parse(String(body)) as Message;
  return {
    rules: createItems<readonly Rule[]>(database, 'rules'),
    addMessage: (user, message) => {
      insert.run(message.id, user, message.receivedDateTime, JSON.stringify(message));
      onMessage(user, message.id);
    },
    message: (user, id) => {
      const row = one.get(id, user);
      return row ? parse(row.body) : undefined;
    },
    messages: (user, skip, most) => list.all(user, most, skip).map(({ body }) => parse(body)),
  };
}
