/** Ends what is kept too long, erases people who left, keeps the group in step. */
import { app } from '@azure/functions';
import { run } from '../src/app.ts';

app.timer('prune', {
  schedule: '10 17 3 * * *',
  handler: (_timer, context) => run('prune', context, ({ prune }) => prune()),
});
