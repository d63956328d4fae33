/** The desk page and its API, for the app role Postern.Desk. */
import { app } from '@azure/functions';
import { run } from '../src/app.ts';

app.http('desk', {
  methods: ['GET', 'POST'],
  route: 'desk/{*path}',
  authLevel: 'anonymous',
  handler: (request, context) => run('desk', context, ({ desk }) => desk(request)),
});
