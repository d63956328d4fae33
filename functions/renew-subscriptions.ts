/** Creates, renews and re-creates subscriptions to Graph's change notifications. */
import { app } from '@azure/functions';
import { run } from '../src/app.ts';

app.timer('renew-subscriptions', {
  schedule: '20 */15 * * * *',
  handler: (_timer, context) => run('renew-subscriptions', context, ({ renewSubscriptions }) => renewSubscriptions()),
});
