import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import rhea, { type Connection, type Message, type Receiver, type Sender } from 'rhea';

/** A plain AMQP client, for what the SDK does not let a test do. */
export interface RawClient {
  readonly connection: Connection;
  /** Puts a token for an entity; resolves with the status code. */
  putToken(entity: string, options?: { ttlSeconds?: number; type?: string; token?: string }): Promise<number>;
  /** Attaches a sending link; throws the condition when refused. */
  sender(address: string): Promise<Sender>;
  /** Attaches a peek-lock receiving link without credit; throws the condition when refused. */
  receiver(address: string): Promise<Receiver>;
  /** Sends a request to `<entity>/$management`; resolves with the reply. */
  manage(entity: string, operation: string, body: unknown): Promise<Message>;
  /** Sends a whole list of requests at once and resolves with the number of replies of each status code. */
  flood(entity: string, requests: readonly Message[]): Promise<Record<string, number>>;
  close(): void;
}

/** Connects to the bus behind a connection string. */
export async function connectRaw(connectionString: string): Promise<RawClient> {
  const port = Number(/:(\d+);/.exec(connectionString)?.[1]);
  const key = /SharedAccessKey=([^;]+)/.exec(connectionString)?.[1] ?? '';
  const container = rhea.create_container();
  for (const event of ['connection_error', 'disconnected', 'error']) container.on(event, () => {});
  const options = { host: '127.0.0.1', port, username: 'postern', reconnect: false, idle_time_out: 60_000 };
  const connection = container.connect({ ...options, sender_options: {}, receiver_options: {} } as never);
  await once(connection, 'connection_open');

  const sender = (address: string) => opened(connection.open_sender({ target: { address } } as never));
  const receiver = (address: string) =>
    opened(
      connection.open_receiver({
        source: { address },
        rcv_settle_mode: 1,
        snd_settle_mode: 0,
        credit_window: 0,
        autoaccept: false,
      } as never),
    );
  const channels = new Map<string, Promise<Channel>>();
  const channel = (address: string) => {
    const known = channels.get(address) ?? openChannel(connection, address);
    channels.set(address, known);
    return known;
  };
  return {
    connection,
    sender,
    receiver,
    putToken: async (entity, { ttlSeconds = 600, type = 'servicebus.windows.net:sastoken', token } = {}) => {
      const audience = `sb://127.0.0.1:${port}/${entity}`;
      const reply = await (await channel('$cbs')).ask({
        body: token ?? sign(audience, key, ttlSeconds),
        application_properties: { operation: 'put-token', type, name: audience },
      });
      return Number(reply.application_properties?.['status-code']);
    },
    manage: async (entity, operation, body) =>
      (await channel(`${entity}/$management`)).ask({ body, application_properties: { operation } }),
    flood: async (entity, requests) => {
      const { ask } = await channel(entity === '$cbs' ? entity : `${entity}/$management`);
      const counts: Record<string, number> = {};
      for (let at = 0; at < requests.length; at += 500) {
        for (const { application_properties } of await Promise.all(requests.slice(at, at + 500).map(ask))) {
          const status = String(application_properties?.['status-code'] ?? application_properties?.statusCode);
          counts[status] = (counts[status] ?? 0) + 1;
        }
      }
      return counts;
    },
    close: () => connection.close(),
  };
}

/** A token as the SDK makes it. */
export function sign(audience: string, key: string, ttlSeconds: number): string {
  const scope = encodeURIComponent(audience);
  const expiry = Math.floor(Date.now() / 1000) + ttlSeconds;
  const signature = createHmac('sha256', key).update(`${scope}\n${expiry}`).digest('base64');
  return `SharedAccessSignature sr=${scope}&sig=${encodeURIComponent(signature)}&se=${expiry}&skn=postern`;
}

interface Channel {
  ask(request: Message): Promise<Message>;
}

async function openChannel(connection: Connection, address: string): Promise<Channel> {
  const replyTo = `reply-${address}`;
  const requests = await opened(connection.open_sender({ target: { address } } as never));
  const replies = await opened(
    connection.open_receiver({ source: { address }, target: { address: replyTo }, credit_window: 2000 } as never),
  );
  const waiting = new Map<unknown, (reply: Message) => void>();
  replies.on('message', ({ message }) => {
    waiting.get(message?.correlation_id)?.(message as Message);
    waiting.delete(message?.correlation_id);
  });
  let last = 0;
  return {
    ask: (request) =>
      new Promise((resolve) => {
        last += 1;
        const id = `request-${last}`;
        waiting.set(id, resolve);
        requests.send({ ...request, message_id: id, reply_to: replyTo });
      }),
  };
}

/** Resolves when the peer has attached; rejects with its condition when it detaches at once. */
async function opened<T extends Sender | Receiver>(link: T): Promise<T> {
  const kind = link.is_sender() ? 'sender' : 'receiver';
  const refused = new Promise<never>((_, reject) => {
    link.once(`${kind}_close`, () => reject(new Error((link.error as { condition?: string } | undefined)?.condition)));
  });
  refused.catch(() => {}); // a close later on is no refusal
  await Promise.race([once(link, `${kind}_open`), refused]);
  await Promise.race([setTimeout(20), refused]); // a refusal follows the attach at once
  return link;
}
