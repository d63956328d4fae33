/** Leaving a tenant: counts, export of the ledger, an end to the Graph subscriptions. For admins and the desk. */
import { app } from '@azure/functions';
import { run } from '../src/app.ts';

app.http('uninstall', {
  methods: ['GET', 'POST', 'DELETE'],
  route: 'uninstall',
  authLevel: 'anonymous',
  handler: (request, context) => run('uninstall', context, ({ uninstall }) => uninstall(request)),
});
