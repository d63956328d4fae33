/** Enrollment, for the app role Postern.Admin. */
import { app } from '@azure/functions';
import { run } from '../src/app.ts';

app.http('people', {
  methods: ['GET', 'POST', 'PUT', 'DELETE'],
  route: 'people/{id?}/{verb?}',
  authLevel: 'anonymous',
  handler: (request, context) => run('people', context, ({ people }) => people(request)),
});
