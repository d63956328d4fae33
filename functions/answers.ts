/** The page on which a person under attack answers a notice. */
import { app } from '@azure/functions';
import { run } from '../src/app.ts';

app.http('answers', {
  methods: ['GET', 'POST'],
  route: 'answers',
  authLevel: 'anonymous',
  handler: (request, context) => run('answers', context, ({ answers }) => answers(request)),
});
