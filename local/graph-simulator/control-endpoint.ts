/** The control over HTTP, for other processes of this machine: `POST /control/<command>` with JSON. */
import { z } from 'zod';
import { methodSchema } from './authentication-method.ts';
import type { Control } from './control.ts';
import type { RawAnswer, RawRequest } from './dispatch.ts';
import { groupSchema } from './group-store.ts';
import { LOG_SOURCES, type LogName } from './log-sources.ts';
import { messageSchema, ruleSchema } from './mailbox-store.ts';
import { Refusal } from './refusal.ts';
import { settingsChangeSchema } from './settings.ts';
import { json } from './token-endpoint.ts';
import { userChangeSchema, userInputSchema } from './user-properties.ts';

const name = z.string().min(1);
const record = z.strictObject({
  source: z.enum(Object.keys(LOG_SOURCES) as [LogName, ...LogName[]]),
  record: z.record(z.string(), z.unknown()),
  arrivesAt: z.coerce.date(),
});
const event = z.enum(['reauthorizationRequired', 'subscriptionRemoved', 'missed']);
const activityType = z.strictObject({ id: name, activity: name, category: z.string(), service: z.string() });

/** A command with what it takes. */
interface Command {
  readonly run: (control: Control, argument: unknown) => unknown;
}

function command<T>(schema: z.ZodType<T>, run: (control: Control, argument: T) => unknown): Command {
  return { run: (control, argument) => run(control, schema.parse(argument)) };
}

const nothing = z.unknown();

/** Every command, named as in `Control`. */
const COMMANDS: Readonly<Record<string, Command>> = {
  settings: command(nothing, (control) => control.settings()),
  change: command(settingsChangeSchema, (control, change) => control.change(change)),
  addRecords: command(z.array(record), (control, records) => control.addRecords(records)),
  putUsers: command(z.array(userInputSchema), (control, users) => control.putUsers(users)),
  patchUser: command(z.strictObject({ user: name, change: userChangeSchema }), (control, { user, change }) =>
    control.patchUser(user, change),
  ),
  removeUser: command(z.strictObject({ user: name }), (control, { user }) => control.removeUser(user)),
  putGroup: command(z.strictObject({ group: groupSchema, members: z.array(name) }), (control, { group, members }) =>
    control.putGroup(group, members),
  ),
  removeMember: command(z.strictObject({ group: name, user: name }), (control, { group, user }) =>
    control.removeMember(group, user),
  ),
  setMethods: command(z.strictObject({ user: name, methods: z.array(methodSchema) }), (control, { user, methods }) =>
    control.setMethods(user, methods),
  ),
  setRules: command(z.strictObject({ user: name, rules: z.array(ruleSchema) }), (control, { user, rules }) =>
    control.setRules(user, rules),
  ),
  addMail: command(z.strictObject({ user: name, message: messageSchema }), (control, { user, message }) =>
    control.addMail(user, message),
  ),
  setActivityTypes: command(z.array(activityType), (control, types) => control.setActivityTypes(types)),
  subscriptions: command(nothing, (control) => control.subscriptions()),
  loseSubscription: command(z.strictObject({ id: name }), (control, { id }) => control.loseSubscription(id)),
  lifecycle: command(z.strictObject({ id: name, event }), (control, { id, event: what }) =>
    control.lifecycle(id, what),
  ),
  revokeTokens: command(nothing, (control) => control.revokeTokens()),
  stats: command(nothing, (control) => control.stats()),
  resetStats: command(nothing, (control) => control.resetStats()),
  settle: command(nothing, (control) => control.settle()),
};

/** Answers `/control/…`; undefined for other paths. */
export async function answerControl(raw: RawRequest, control: Control, port: number): Promise<RawAnswer | undefined> {
  const [, wanted] = /^\/control\/(\w+)$/.exec(raw.url) ?? [];
  if (wanted === undefined) return undefined;
  const found = Object.hasOwn(COMMANDS, wanted) ? COMMANDS[wanted] : undefined;
  if (!found) return json(404, { problem: `there is no command ${wanted}` });
  if (raw.method !== 'POST') return json(405, { problem: 'commands are POSTed' });
  // A web page in a browser of this machine must not pull strings: it can reach us only under another name, or without JSON.
  const isHere = [`127.0.0.1:${port}`, `localhost:${port}`].includes(raw.headers.host ?? '');
  if (!isHere || raw.headers['content-type'] !== 'application/json') {
    return json(403, { problem: 'commands come as application/json to 127.0.0.1 or localhost' });
  }
  try {
    const argument: unknown = raw.body.length === 0 ? undefined : JSON.parse(raw.body.toString());
    return json(200, { result: (await found.run(control, argument)) ?? null });
  } catch (error) {
    if (error instanceof z.ZodError) return json(400, { problem: z.prettifyError(error) });
    const isOurs =
      error instanceof Refusal ||
      error instanceof RangeError ||
      error instanceof TypeError ||
      error instanceof SyntaxError;
    if (isOurs) return json(400, { problem: error.message });
    throw error;
  }
}
