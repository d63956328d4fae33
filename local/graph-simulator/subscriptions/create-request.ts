/** What a client may send to make or renew a subscription. */
import { z } from 'zod';
import { badRequest } from '../refusal.ts';

const time = z.string().transform((text, context) => {
  const at = Date.parse(text);
  if (Number.isNaN(at)) context.addIssue({ code: 'custom', message: 'expected a time' });
  return at;
});

const url = z.string().transform((text, context) => {
  const parsed = URL.parse(text);
  const isHere = parsed !== null && ['127.0.0.1', 'localhost', '[::1]'].includes(parsed.hostname);
  // Graph wants https; on this machine there is no certificate. The simulator calls nobody else.
  if (!parsed || !['https:', 'http:'].includes(parsed.protocol) || (parsed.protocol === 'http:' && !isHere)) {
    context.addIssue({ code: 'custom', message: 'must start with https://' });
  } else if (!isHere) {
    context.addIssue({ code: 'custom', message: 'the simulator calls addresses of this machine only' });
  }
  return text;
});

/** Body of POST /subscriptions. Rich notifications are not simulated, so their properties are refused. */
const createSchema = z.strictObject({
  '@odata.type': z.string().optional(),
  changeType: z.string().min(1),
  notificationUrl: url,
  lifecycleNotificationUrl: url.nullish(),
  resource: z.string().min(1),
  expirationDateTime: time,
  clientState: z.string().max(128).nullish(),
  latestSupportedTlsVersion: z.enum(['v1_0', 'v1_1', 'v1_2', 'v1_3']).nullish(),
  includeResourceData: z.literal(false).nullish(),
});
/** Parsed body of POST /subscriptions. */
export type CreateRequest = z.infer<typeof createSchema>;

/** Body of PATCH /subscriptions/{id}. A lifecycleNotificationUrl cannot be added: make the subscription anew. */
const updateSchema = z
  .strictObject({ expirationDateTime: time.optional(), notificationUrl: url.optional() })
  .refine((body) => Object.keys(body).length > 0, 'nothing to update');
/** Parsed body of PATCH /subscriptions/{id}. */
export type UpdateRequest = z.infer<typeof updateSchema>;

/** @throws Refusal 400 that names the property */
export function parseCreate(body: unknown): CreateRequest {
  return parse(createSchema, body);
}

/** @throws Refusal 400 that names the property */
export function parseUpdate(body: unknown): UpdateRequest {
  return parse(updateSchema, body);
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : issue?.path.join('.');
  throw badRequest(`Invalid subscription: ${where || 'body'}: ${issue?.message ?? 'not valid'}.`, 'InvalidRequest');
}
