/** Sends one notice. */
import { app } from '@azure/functions';
import { run } from '../src/app.ts';

app.serviceBusQueue('deliver-notices', {
  connection: 'ServiceBus',
  queueName: 'notices',
  handler: (message, context) => run('deliver-notices', context, ({ deliverNotices }) => deliverNotices(message)),
});
