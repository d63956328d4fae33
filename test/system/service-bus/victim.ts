/** A consumer to be killed: receives messages, tells its parent, and never settles them. */
import { ServiceBusClient } from '@azure/service-bus';

const [connectionString = '', queue = '', count = '1'] = process.argv.slice(2);
const receiver = new ServiceBusClient(connectionString).createReceiver(queue);
const messages = await receiver.receiveMessages(Number(count));
process.send?.(messages.map((message) => message.body as unknown));
setInterval(() => {}, 1000);
