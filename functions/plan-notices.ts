/** Decides who is told of a finding, how and when. */
import { app } from '@azure/functions';
import { run } from '../src/app.ts';

app.serviceBusQueue('plan-notices', {
  connection: 'ServiceBus',
  queueName: 'findings',
  handler: (message, context) => run('plan-notices', context, ({ planNotices }) => planNotices(message)),
});
