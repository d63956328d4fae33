import rheaModule from 'rhea';
import { expect, it } from 'vitest';

/** The bus uses these private parts; when a new version of rhea loses one, this says so before anything hangs. */
it('rhea still has the private parts that local/service-bus/rhea.ts names', () => {
  const container = rheaModule.create_container();
  const connection = container.create_connection({ port: 0, reconnect: false }) as unknown as {
    create_session(): Record<string, Record<string, unknown>> & {
      create_sender(name: string): Record<string, unknown>;
    };
  } & Record<string, unknown>;
  const session = connection.create_session();
  const sender = session.create_sender('x');
  expect({
    connection: [typeof connection._write_frame, typeof connection._register],
    session: [typeof session.on_transfer, typeof session.outgoing?.available],
    outgoing: [typeof session.outgoing?.next_delivery_id, typeof session.outgoing?.next_pending_delivery],
    sender: [typeof sender._get_drain, typeof sender.delivery_count, typeof sender.issue_flow, typeof sender.local],
  }).toEqual({
    connection: ['function', 'function'],
    session: ['function', 'function'],
    outgoing: ['number', 'number'],
    sender: ['function', 'number', 'boolean', 'object'],
  });
});
