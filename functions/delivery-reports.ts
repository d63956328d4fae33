/** Takes delivery reports and inbound SMS from Event Grid, which knows the function key. */
import { app } from '@azure/functions';
import { run } from '../src/app.ts';

app.http('delivery-reports', {
  methods: ['POST'],
  route: 'delivery-reports',
  authLevel: 'function',
  handler: (request, context) => run('delivery-reports', context, ({ deliveryReports }) => deliveryReports(request)),
});
