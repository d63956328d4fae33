/** Reads the logs of Microsoft Graph, each minute. */
import { app } from '@azure/functions';
import { run } from '../src/app.ts';

app.timer('poll-logs', {
  schedule: '%POSTERN_POLL_SCHEDULE%',
  handler: (_timer, context) => run('poll-logs', context, ({ pollLogs }) => pollLogs()),
});
