/** Links on which clients send: messages and batches for queues, requests for `$cbs` and `$management`. */
import { admitLink, CBS, demandClaim, type Edge, isManagement, queueAddress, refuseLink } from './amqp-connection.ts';
import { answerRequest } from './amqp-requests.ts';
import { BusError, entityNotFound, refusalOf } from './bus-error.ts';
import { BATCH_FORMAT, MAX_MESSAGE_BYTES, parseBatch, parseEnvelope } from './envelope.ts';
import { send } from './queue-operations.ts';
import type { Context, Delivery, IncomingLink, Session } from './rhea.ts';

/** Credit per sending link. The SDK sleeps a full second when it finds none, so it is given at once and generously. */
const CREDIT = 2000;

/** rhea decodes format 0, and loses number types doing so: transfers get another label and arrive as bytes. */
const UNDECODED = 0x70000001;

/** Of one link: how many messages came since credit was last given, and the size of a message still coming in. */
interface Progress {
  used: number;
  partial: number;
}

const progress = new WeakMap<IncomingLink, Progress>();

/** Registers the handlers. */
export function handleIncoming(edge: Edge): void {
  edge.on('session_open', ({ session }) => relabelTransfers(session));
  edge.on('receiver_open', ({ receiver }) => openLink(edge, receiver));
  edge.on('message', (context) => receive(edge, context));
}

function relabelTransfers(session: Session): void {
  const onTransfer = session.on_transfer;
  session.on_transfer = (frame) => {
    if (!frame.performative.message_format) frame.performative.message_format = UNDECODED;
    onTransfer.call(session, frame);
  };
}

function addressOf(link: IncomingLink): string {
  return link.target?.address ?? '';
}

function openLink(edge: Edge, link: IncomingLink): void {
  const address = addressOf(link);
  link.set_target({ address });
  link.set_source({ address: link.source?.address });
  link.local.attach.max_message_size = MAX_MESSAGE_BYTES;
  progress.set(link, { used: 0, partial: 0 });
  try {
    if (address !== CBS) admit(edge, link, address);
    link.add_credit(CREDIT);
  } catch (error) {
    refuseLink(link, refusalOf(error));
  }
}

function admit(edge: Edge, link: IncomingLink, address: string): void {
  demandClaim(edge, link.connection, address);
  const queue = edge.bus.find(queueAddress(address));
  if (!queue) throw entityNotFound(address);
  if (!queue.deadLetters && !isManagement(address)) {
    throw new BusError('amqp:not-allowed', `Sending to the sub-queue '${address}' is not allowed.`);
  }
  admitLink(edge, link, address);
}

function receive(edge: Edge, { receiver: link, delivery, message: bytes, session }: Context): void {
  const address = addressOf(link);
  renewCredit(link);
  if (bytes.length > MAX_MESSAGE_BYTES) refuseSize(link, delivery, bytes.length);
  else if (address === CBS || isManagement(address)) {
    delivery.accept();
    answerRequest(edge, session, address, bytes);
  } else enqueue(edge, link, delivery, bytes);
}

function enqueue(edge: Edge, link: IncomingLink, delivery: Delivery, bytes: Buffer): void {
  const address = addressOf(link);
  try {
    demandClaim(edge, link.connection, address);
    const queue = edge.bus.find(address);
    if (!queue) throw entityNotFound(address);
    const envelopes = delivery.format === BATCH_FORMAT ? parseBatch(bytes) : [parseEnvelope(bytes)];
    send(queue, envelopes, edge.bus.now());
    edge.bus.changed(queue);
    edge.bus.whenSaved(() => delivery.accept());
  } catch (error) {
    const { condition, message } = refusalOf(error);
    delivery.reject({ condition, description: message });
  }
}

function renewCredit(link: IncomingLink): void {
  const state = progress.get(link);
  if (!state) return;
  state.used += 1;
  if (state.used < CREDIT / 8) return;
  link.add_credit(state.used);
  state.used = 0;
}

/** The link is detached; the SDK waits in vain for its delivery unless that is rejected first. */
function refuseSize(link: IncomingLink, delivery: Delivery, size: number): void {
  const limit = `exceeds the limit (${MAX_MESSAGE_BYTES} bytes) currently allowed on the link`;
  const error = {
    condition: 'amqp:link:message-size-exceeded',
    description: `The received message (delivery-id:0, size:${size} bytes) ${limit}.`,
  };
  delivery.reject(error);
  link.close(error);
}
