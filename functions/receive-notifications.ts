/** Takes Graph's change notifications: Graph proves itself by clientState. */
import { app } from '@azure/functions';
import { run } from '../src/app.ts';

app.http('receive-notifications', {
  methods: ['POST'],
  route: 'graph-notifications',
  authLevel: 'anonymous',
  handler: (request, context) =>
    run('receive-notifications', context, ({ receiveNotifications }) => receiveNotifications(request)),
});
