/** Links on which clients receive: deliveries, credit, draining, settlement. */
import { admitLink, CBS, demandClaim, type Edge, isManagement, queueAddress, refuseLink } from './amqp-connection.ts';
import type { Consumer } from './bus.ts';
import { BusError, entityNotFound, refusalOf } from './bus-error.ts';
import { encodeMessage } from './envelope.ts';
import { type Settlement, settle } from './queue-operations.ts';
import type { QueueState } from './queue-state.ts';
import { type Context, type Delivery, type OutgoingLink, rhea } from './rhea.ts';

const SESSION_FILTER = 'com.microsoft:session-filter';
const SETTLED = 1;

/** The queue of each link that receives messages; not those that receive replies. */
const queues = new WeakMap<OutgoingLink, QueueState>();
/** Deliveries that were decided: rhea reports some twice. */
const decided = new WeakSet<Delivery>();
/** Links that owe an answer to a drain request. */
const draining = new WeakSet<OutgoingLink>();

/** Registers the handlers. */
export function handleOutgoing(edge: Edge): void {
  edge.on('sender_open', ({ sender }) => openLink(edge, sender));
  edge.on('sender_flow', ({ sender }) => serve(edge, sender));
  edge.on('sender_draining', ({ sender }) => {
    serve(edge, sender);
    // Messages that are there go out first; the SDK closes a receiver whose drain is not answered within 200 ms.
    edge.bus.whenSaved(() => answerDrain(sender));
  });
  edge.on('accepted', (context) => decide(edge, context, { how: 'complete' }));
  edge.on('released', (context) => decide(edge, context, { how: 'abandon' }));
  edge.on('modified', (context) => {
    const { undeliverable_here: elsewhere, message_annotations: properties } = context.delivery.remote_state ?? {};
    decide(edge, context, { how: elsewhere ? 'defer' : 'abandon', properties });
  });
  edge.on('rejected', (context) => decide(edge, context, deadLettering(context.delivery)));
}

function openLink(edge: Edge, link: OutgoingLink): void {
  const address = link.source?.address ?? '';
  link.local.attach.snd_settle_mode = link.snd_settle_mode;
  link.local.attach.rcv_settle_mode = link.rcv_settle_mode;
  link.set_source({ address });
  link.set_target({ address: link.target?.address });
  if (address === CBS) return;
  try {
    demandClaim(edge, link.connection, address);
    const queue = edge.bus.find(queueAddress(address));
    if (!queue) throw entityNotFound(address);
    if (isManagement(address)) admitLink(edge, link, address);
    else consume(edge, link, address, queue);
  } catch (error) {
    refuseLink(link, refusalOf(error));
  }
}

function consume(edge: Edge, link: OutgoingLink, address: string, queue: QueueState): void {
  if (Object.hasOwn(link.source?.filter ?? {}, SESSION_FILTER)) {
    const message = 'A sessionful message receiver cannot be created on an entity that does not require sessions.';
    throw new BusError('amqp:not-allowed', message);
  }
  const { outgoing } = link.session;
  const consumer: Consumer = {
    destructive: link.snd_settle_mode === SETTLED,
    credit: () => {
      if (!link.is_open()) return 0;
      const waiting = outgoing.next_delivery_id - outgoing.next_pending_delivery;
      return Math.min(link.credit - waiting, outgoing.available());
    },
    deliver: (message, token) => void link.send(encodeMessage(message), token, 0),
  };
  link._get_drain = () => drainAnswer(link);
  queues.set(link, queue);
  edge.bus.attach(queue, consumer);
  // Locks outlive their link until they expire: the client may still settle through $management.
  admitLink(edge, link, address, () => edge.bus.detach(queue, consumer));
}

function serve(edge: Edge, link: OutgoingLink): void {
  const queue = queues.get(link);
  if (queue) edge.bus.changed(queue);
}

function answerDrain(link: OutgoingLink): void {
  if (!link.is_open()) return;
  draining.add(link);
  link.issue_flow = true;
  link.connection._register();
}

/** rhea asks this for every flow frame it writes. Also answers when the credit is already 0, as the SDK expects. */
function drainAnswer(link: OutgoingLink): boolean {
  const { outgoing } = link.session;
  // Credit that a delivery still waits for is not given up: it would never be sent.
  if (outgoing.next_delivery_id > outgoing.next_pending_delivery || !draining.delete(link)) return false;
  link.delivery_count += link.credit;
  link.credit = 0;
  return true;
}

function deadLettering(delivery: Delivery): Settlement {
  const { DeadLetterReason, DeadLetterErrorDescription, ...properties } = delivery.remote_state?.error?.info ?? {};
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  const [reason, description] = [text(DeadLetterReason), text(DeadLetterErrorDescription)];
  return { how: 'dead-letter', reason, description, properties };
}

function decide(edge: Edge, { sender: link, delivery }: Context, settlement: Settlement): void {
  const queue = queues.get(link);
  if (!queue) {
    delivery.settled = true; // a reply: nothing hangs on it
    return;
  }
  if (decided.has(delivery)) return;
  decided.add(delivery);
  const outcome = outcomeOf(edge, queue, delivery, settlement);
  edge.bus.whenSaved(() => answer(link, delivery, outcome));
}

/** `accepted` for every success, also of a dead-lettering: the SDK takes any error in the state for a failure. */
function outcomeOf(edge: Edge, queue: QueueState, delivery: Delivery, settlement: Settlement): unknown {
  try {
    settle(queue, delivery.tag.toString('hex'), settlement, edge.bus.now());
    edge.bus.changed(queue);
    return rhea.message.accepted().described();
  } catch (error) {
    const { condition, message } = refusalOf(error);
    return rhea.message.rejected({ error: { condition, description: message } }).described();
  }
}

function answer(link: OutgoingLink, delivery: Delivery, outcome: unknown): void {
  if (delivery.remote_settled || !link.connection.is_open()) {
    delivery.settled = true;
    return;
  }
  delivery.update(true, outcome);
  delivery.remote_settled = true; // rhea waits for a second settlement that never comes, and would fill its buffer
}
