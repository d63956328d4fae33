/** The state of the watch, without personal data. */
import { app } from '@azure/functions';
import { run } from '../src/app.ts';

app.http('health', {
  methods: ['GET'],
  route: 'health',
  authLevel: 'function',
  handler: (_request, context) => run('health', context, ({ health }) => health()),
});
