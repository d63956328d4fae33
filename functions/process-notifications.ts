/** Re-reads what Graph hinted at. */
import { app } from '@azure/functions';
import { run } from '../src/app.ts';

app.serviceBusQueue('process-notifications', {
  connection: 'ServiceBus',
  queueName: 'notifications',
  handler: (message, context) =>
    run('process-notifications', context, ({ processNotifications }) => processNotifications(message)),
});
