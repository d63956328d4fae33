/** Does what is due, drains dead letters, and notices when something has gone quiet. */
import { app } from '@azure/functions';
import { run } from '../src/app.ts';

app.timer('watch', {
  schedule: '40 */5 * * * *',
  handler: (_timer, context) => run('watch', context, ({ watch }) => watch()),
});
