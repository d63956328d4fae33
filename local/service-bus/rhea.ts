/**
 * The parts of rhea that the bus uses, typed. rhea's own declarations leave most of them `any` or out; several are not
 * public (marked "private"), so the lock file pins the version and test/unit/service-bus/rhea.test.ts checks them.
 */
import type { Server, Socket } from 'node:net';
import rheaModule from 'rhea';

/** AMQP 1.0 type system: `wrap_*` give a value an AMQP type, `Reader` and `Writer` turn them from and into bytes. */
export interface AmqpTypes {
  Reader: new (bytes: Buffer) => { read(): unknown };
  Writer: new () => { write(value: unknown): void; toBuffer(): Buffer };
  unwrap(value: unknown): unknown;
  wrap(value: unknown): unknown;
  wrap_array(values: readonly unknown[], typeCode: number, descriptors: undefined): unknown;
  wrap_binary(value: Buffer): unknown;
  wrap_int(value: number): unknown;
  wrap_list(values: readonly unknown[]): unknown;
  wrap_map(value: Readonly<Record<string, unknown>>): unknown;
  wrap_string(value: string): unknown;
  wrap_symbol(value: string): unknown;
  wrap_uuid(value: Buffer): unknown;
}

/** AMQP error as sent in detach and rejected. */
export interface AmqpError {
  condition: string;
  description: string;
}

/** A delivery state; `info` and `message_annotations` are what the peer wrote into it. */
export interface DeliveryState {
  error?: { info?: Record<string, unknown> };
  undeliverable_here?: boolean;
  message_annotations?: Record<string, unknown>;
}

/** One message on its way. */
export interface Delivery {
  readonly format: number;
  readonly tag: Buffer;
  readonly remote_state?: DeliveryState;
  settled: boolean;
  remote_settled: boolean;
  update(settled: boolean, state?: unknown): void;
  accept(): void;
  reject(error: AmqpError): void;
}

interface LinkLike {
  readonly name: string;
  readonly source?: { address?: string; filter?: Record<string, unknown> };
  readonly target?: { address?: string };
  readonly snd_settle_mode: number;
  readonly rcv_settle_mode: number;
  readonly connection: Connection;
  readonly session: Session;
  /** Private. What our attach frame will say. */
  readonly local: {
    attach: { source?: unknown; max_message_size?: number; snd_settle_mode?: number; rcv_settle_mode?: number };
  };
  credit: number;
  set_source(fields: { address: string | undefined }): void;
  set_target(fields: { address: string | undefined }): void;
  is_open(): boolean;
  close(error?: AmqpError): void;
}

/** Our sending end: the peer receives. */
export interface OutgoingLink extends LinkLike {
  /** Private. */
  delivery_count: number;
  /** Private. Set to have a flow frame written at the next turn. */
  issue_flow: boolean;
  /** Private. Decides whether the next flow frame says that the credit is used up. */
  _get_drain: () => boolean;
  send(message: unknown, tag?: Buffer, format?: number): Delivery;
}

/** Our receiving end: the peer sends. */
export interface IncomingLink extends LinkLike {
  add_credit(credit: number): void;
}

/** A transfer frame as it arrives. Private. */
export interface TransferFrame {
  performative: { message_format?: number | null; handle: number };
  payload?: Buffer;
}

/** One AMQP session; the SDK opens one per link. */
export interface Session {
  readonly connection: Connection;
  /** Private. */
  readonly outgoing: { available(): number; readonly next_delivery_id: number; readonly next_pending_delivery: number };
  /** Private. */
  on_transfer: (frame: TransferFrame) => void;
  find_sender(filter: (link: OutgoingLink) => boolean): OutgoingLink | undefined;
  each_sender(action: (link: OutgoingLink) => void): void;
}

/** One connection. */
export interface Connection {
  readonly socket: Socket;
  is_open(): boolean;
  close(error?: AmqpError): void;
  each_link(action: (link: LinkLike) => void): void;
  /** Private. Without arguments: an empty frame. */
  _write_frame(): void;
  /** Private. Has pending output written at the next turn. */
  _register(): void;
}

/** What handlers are given; which fields are there depends on the event. */
export interface Context {
  readonly connection: Connection;
  readonly session: Session;
  readonly sender: OutgoingLink;
  readonly receiver: IncomingLink;
  readonly delivery: Delivery;
  /** Bytes, because of the relabelled format (see amqp-incoming.ts). */
  readonly message: Buffer;
}

/** A decoded request. */
export interface RequestMessage {
  readonly message_id?: unknown;
  readonly reply_to?: unknown;
  readonly body?: unknown;
  readonly application_properties?: Record<string, unknown>;
}

/** The AMQP endpoint of this process. */
export interface Container {
  readonly sasl_server_mechanisms: Record<string, unknown> & { enable_anonymous(): void };
  on(event: string, handler: (context: Context) => void): void;
  listen(options: Record<string, unknown>): Server;
}

interface Rhea {
  readonly types: AmqpTypes;
  readonly message: {
    decode(bytes: Buffer): RequestMessage;
    accepted(): { described(): unknown };
    rejected(fields: { error: AmqpError }): { described(): unknown };
  };
  create_container(options: Record<string, unknown>): Container;
}

/** rhea, typed as above. */
export const rhea = rheaModule as unknown as Rhea;
