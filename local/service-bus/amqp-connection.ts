/** What the AMQP edge knows of each connection, and small repairs of how rhea behaves as a server. */
import type { Bus } from './bus.ts';
import { BusError } from './bus-error.ts';
import type { Connection, Container, Context, IncomingLink, OutgoingLink } from './rhea.ts';
import { type AccessKey, type Claim, isAllowed } from './sas.ts';

/** What the handlers of the AMQP edge share. */
export interface Edge {
  readonly bus: Bus;
  readonly accessKey: AccessKey;
  /** By connection; gone when it ends. */
  readonly peers: Map<Connection, Peer>;
  /** Registers a handler that may throw: the connection is then closed and the bus goes on. */
  on(event: string, handler: (context: Context) => void): void;
}

/** One connected client. */
export interface Peer {
  /** By audience; a renewed token replaces the one before. */
  readonly claims: Map<string, Claim>;
  /** Links that were let in, to addresses that need a token. */
  readonly links: Map<IncomingLink | OutgoingLink, AdmittedLink>;
}

/** A link to a queue, its dead letters or its `$management`. */
export interface AdmittedLink {
  readonly address: string;
  /** Called once, when the link or its connection is gone. */
  readonly onEnd: () => void;
}

/** Binds handlers to a container. */
export function createEdge(container: Container, bus: Bus, accessKey: AccessKey): Edge {
  const on = (event: string, handler: (context: Context) => void) => {
    container.on(event, (context) => {
      try {
        handler(context);
      } catch {
        const error = { condition: 'amqp:internal-error', description: 'The local bus was unable to process a frame.' };
        context.connection?.close(error);
      }
    });
  };
  return { bus, accessKey, peers: new Map(), on };
}

/** Remembers connections and links, and forgets them with everything that hung on them. */
export function handleConnections(edge: Edge): void {
  edge.on('connection_open', ({ connection }) => {
    edge.peers.set(connection, { claims: new Map(), links: new Map() });
    answerEveryInput(connection);
  });
  // rhea reports an end at once but a settlement only on the next tick: one sent just before the end must still win.
  const gone = ({ connection }: Context) => {
    const peer = edge.peers.get(connection);
    edge.peers.delete(connection);
    if (peer) setImmediate(() => endAll(peer));
  };
  edge.on('connection_close', gone);
  edge.on('disconnected', gone);
  const closed = (link: IncomingLink | OutgoingLink) => {
    const peer = edge.peers.get(link.connection);
    if (peer) setImmediate(() => endLink(peer, link));
  };
  edge.on('sender_close', ({ sender }) => closed(sender));
  edge.on('receiver_close', ({ receiver }) => closed(receiver));
  edge.on('session_close', ({ session }) => {
    for (const link of edge.peers.get(session.connection)?.links.keys() ?? [])
      if (link.session === session) closed(link);
  });
  // Without a listener rhea prints or throws these; each is followed by one of the events above.
  const followed = ['connection_error', 'session_error', 'sender_error', 'receiver_error', 'protocol_error', 'error'];
  for (const event of [...followed, 'settled']) edge.on(event, () => {});
}

function endAll(peer: Peer): void {
  for (const link of [...peer.links.keys()]) endLink(peer, link);
}

function endLink(peer: Peer, link: IncomingLink | OutgoingLink): void {
  const admitted = peer.links.get(link);
  peer.links.delete(link);
  admitted?.onEnd();
}

/**
 * The client leaves Nagle's algorithm on and writes frame by frame: unless something flows back and carries the TCP
 * acknowledgement, each one-way frame costs it the kernel's 40 ms. An empty frame is the answer when there is no other.
 */
function answerEveryInput(connection: Connection): void {
  const { socket } = connection;
  socket.on('data', () => {
    const before = socket.bytesWritten;
    setImmediate(() => {
      if (socket.bytesWritten === before && connection.is_open()) connection._write_frame();
    });
  });
}

/** @throws BusError `amqp:unauthorized-access` unless a valid token was put for this address */
export function demandClaim(edge: Edge, connection: Connection, address: string): void {
  const claims = edge.peers.get(connection)?.claims.values() ?? [];
  if (isAllowed(claims, address, Date.now())) return;
  const description = "Unauthorized access. 'Send' or 'Listen' claim(s) are required to perform this operation.";
  throw new BusError('amqp:unauthorized-access', description);
}

/** Lets a link in. */
export function admitLink(edge: Edge, link: IncomingLink | OutgoingLink, address: string, onEnd = () => {}): void {
  edge.peers.get(link.connection)?.links.set(link, { address, onEnd });
}

/** Refuses a link that the client has just attached. */
export function refuseLink(link: IncomingLink | OutgoingLink, error: BusError): void {
  link.local.attach.source = undefined;
  link.close({ condition: error.condition, description: error.message });
}

/** Closes links whose token has expired, as the service does. */
export function endExpiredClaims(edge: Edge): void {
  for (const peer of edge.peers.values()) {
    for (const [link, { address }] of peer.links) {
      if (isAllowed(peer.claims.values(), address, Date.now())) continue;
      link.close({ condition: 'amqp:unauthorized-access', description: 'ExpiredToken: The token is expired.' });
    }
  }
}

const MANAGEMENT = /\/\$management$/i;

/** Where clients put their tokens; needs none. */
export const CBS = '$cbs';

/** Whether an address is a queue's request-reply node. */
export function isManagement(address: string): boolean {
  return MANAGEMENT.test(address);
}

/** The queue that an address belongs to. */
export function queueAddress(address: string): string {
  return address.replace(MANAGEMENT, '');
}
