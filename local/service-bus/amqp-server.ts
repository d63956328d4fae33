/** The AMQP listener: announces itself as the service does, and counts and ends connections. */
import type { AddressInfo } from 'node:net';
import { ConfigError } from '../../src/errors.ts';
import { createEdge, endExpiredClaims, handleConnections } from './amqp-connection.ts';
import { handleIncoming } from './amqp-incoming.ts';
import { handleOutgoing } from './amqp-outgoing.ts';
import type { Bus } from './bus.ts';
import { type Container, rhea } from './rhea.ts';
import type { AccessKey } from './sas.ts';

/** The only address that the bus listens on. */
export const LOOPBACK = '127.0.0.1';

const EXPIRY_CHECK_MS = 1000;

/** The listening end. */
export interface AmqpServer {
  /** Resolves with the port. @throws ConfigError when it is taken */
  listen(port: number): Promise<number>;
  connections(): number;
  disconnectAll(): void;
  /** Stops listening and breaks all connections; resolves when both are done. */
  close(): Promise<void>;
}

/** An AMQP server for a bus, on the loopback interface only: tokens travel in clear text. */
export function createAmqpServer(bus: Bus, accessKey: AccessKey): AmqpServer {
  const container = createContainer();
  const edge = createEdge(container, bus, accessKey);
  handleConnections(edge);
  handleIncoming(edge);
  handleOutgoing(edge);
  const expiry = setInterval(() => endExpiredClaims(edge), EXPIRY_CHECK_MS).unref();
  const sockets = new Set<{ destroy(): void }>();
  let server: ReturnType<Container['listen']> | undefined;
  const disconnectAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    listen: (port) =>
      new Promise((resolve, reject) => {
        const listening = container.listen({ ...LISTEN, host: LOOPBACK, port });
        server = listening;
        server.on('connection', (socket) => {
          sockets.add(socket);
          socket.on('close', () => sockets.delete(socket));
        });
        server.once('error', () => reject(new ConfigError([`port ${port} of this machine is taken`])));
        server.once('listening', () => resolve((listening.address() as AddressInfo).port));
      }),
    connections: () => sockets.size,
    disconnectAll,
    close: () => {
      clearInterval(expiry);
      disconnectAll();
      return new Promise((resolve) => (server?.listening ? server.close(() => resolve()) : resolve()));
    },
  };
}

/** As the service announces itself. The buffers hold more than the 2,048 deliveries that a client can take. */
const LISTEN = {
  tcp_no_delay: true,
  max_frame_size: 65_536,
  idle_time_out: 120_000,
  session_buffer_size: { incoming: 4096, outgoing: 4096 },
};

function createContainer(): Container {
  const container = rhea.create_container({
    id: 'local-service-bus',
    receiver_options: { credit_window: 0, autoaccept: false },
    sender_options: { autosettle: false, treat_modified_as_released: false },
  });
  const mechanisms = container.sasl_server_mechanisms;
  mechanisms.enable_anonymous();
  mechanisms.MSSBCBS = mechanisms.ANONYMOUS; // what .NET clients ask for
  return container;
}
