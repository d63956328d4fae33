/** Requests and their replies: tokens put to `$cbs`, operations of a queue's `$management`. */
import { CBS, demandClaim, type Edge, queueAddress } from './amqp-connection.ts';
import { BusError, entityNotFound, refusalOf } from './bus-error.ts';
import { type Answer, carryOut } from './management.ts';
import { type OutgoingLink, type RequestMessage, rhea, type Session } from './rhea.ts';
import { verifyToken } from './sas.ts';

/** Carries out a request and replies once its effects are on disk. Never throws. */
export function answerRequest(edge: Edge, session: Session, address: string, bytes: Buffer): void {
  const request = decodeRequest(bytes);
  if (!request) return; // without a message id there is nobody to answer
  const answer = answerTo(edge, session, address, request);
  edge.bus.whenSaved(() => reply(session, address, request, answer));
}

function decodeRequest(bytes: Buffer): RequestMessage | undefined {
  try {
    return rhea.message.decode(bytes);
  } catch {
    return undefined;
  }
}

interface Reply extends Answer {
  readonly description: string;
  readonly condition?: string;
}

function answerTo(edge: Edge, session: Session, address: string, request: RequestMessage): Reply {
  const properties = request.application_properties ?? {};
  try {
    if (address === CBS) return putToken(edge, session, request.body, properties);
    demandClaim(edge, session.connection, address);
    const queue = edge.bus.find(queueAddress(address));
    if (!queue) throw entityNotFound(address);
    const body = typeof request.body === 'object' && request.body !== null ? request.body : {};
    const answer = carryOut(queue, String(properties.operation), body as Record<string, unknown>, edge.bus.now());
    edge.bus.changed(queue);
    return { ...answer, description: answer.status === 204 ? 'No Content' : 'OK' };
  } catch (error) {
    const { status, message, condition } = refusalOf(error);
    return { status, description: message, condition };
  }
}

function putToken(edge: Edge, session: Session, token: unknown, properties: Record<string, unknown>): Reply {
  if (properties.operation !== 'put-token') throw new BusError('amqp:not-implemented', 'Only put-token is supported.');
  if (properties.type !== 'servicebus.windows.net:sastoken') {
    throw new BusError('amqp:unauthorized-access', 'The local bus takes shared access signatures only.');
  }
  const audience = String(properties.name);
  const claim = verifyToken(String(token), audience, edge.accessKey, Date.now());
  edge.peers.get(session.connection)?.claims.set(claim.path, claim);
  return { status: 202, description: 'Accepted' };
}

/** `$cbs` and `$management` spell the same three properties differently. */
function statusProperties(address: string, { status, description, condition }: Reply): Record<string, unknown> {
  const [code, text, error] =
    address === CBS
      ? ['status-code', 'status-description', 'error-condition']
      : ['statusCode', 'statusDescription', 'errorCondition'];
  const named = { [code]: rhea.types.wrap_int(status), [text]: description };
  return condition === undefined ? named : { ...named, [error]: rhea.types.wrap_symbol(condition) };
}

function reply(session: Session, address: string, request: RequestMessage, answer: Reply): void {
  const link = replyLink(session, address, request.reply_to);
  if (!link?.is_open() || session.outgoing.available() <= 0) return;
  const message = {
    correlation_id: request.message_id,
    body: answer.body ?? null,
    application_properties: statusProperties(address, answer),
  };
  // Sent settled: a reply kept until the client settles it would fill the session's buffer after 4,096 of them.
  link.send(message).settled = true;
}

function replyLink(session: Session, address: string, replyTo: unknown): OutgoingLink | undefined {
  const named = session.find_sender((link) => link.name === replyTo || link.target?.address === replyTo);
  return named ?? session.find_sender((link) => link.source?.address === address);
}
