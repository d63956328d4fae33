/** `/subscriptions`. */
import { presentSubscription, type Subscription } from '../subscriptions/subscription.ts';
import { BOTH, contextOf, type Endpoint, type GraphRequest, type Tenant, takesNoOptions } from '../tenant.ts';

// Who may do what depends on the resource, so these decide themselves.
const ENDPOINT = { versions: BOTH, permissions: [], family: 'directory', quota: 'subscriptions' } as const;

/** Subscriptions. */
export const SUBSCRIPTIONS: readonly Endpoint[] = [
  {
    ...ENDPOINT,
    method: 'POST',
    path: '/subscriptions',
    answer: async (request, tenant) => {
      takesNoOptions(request);
      return present(await tenant.subscriptions.create(request.body, request.now), 201, request, tenant);
    },
  },
  {
    ...ENDPOINT,
    method: 'GET',
    path: '/subscriptions',
    answer: (request, tenant) => {
      takesNoOptions(request);
      const value = tenant.subscriptions.list(request.now).map(presentSubscription);
      return { status: 200, body: { '@odata.context': contextOf(tenant, request, 'subscriptions'), value } };
    },
  },
  {
    ...ENDPOINT,
    method: 'GET',
    path: '/subscriptions/{subscription}',
    answer: (request, tenant) => {
      takesNoOptions(request);
      return present(tenant.subscriptions.get(idOf(request), request.now), 200, request, tenant);
    },
  },
  {
    ...ENDPOINT,
    method: 'PATCH',
    path: '/subscriptions/{subscription}',
    answer: async (request, tenant) =>
      present(await tenant.subscriptions.update(idOf(request), request.body, request.now), 200, request, tenant),
  },
  {
    ...ENDPOINT,
    method: 'DELETE',
    path: '/subscriptions/{subscription}',
    answer: (request, tenant) => {
      tenant.subscriptions.remove(idOf(request), request.now);
      return { status: 204 };
    },
  },
  {
    ...ENDPOINT,
    method: 'POST',
    path: '/subscriptions/{subscription}/reauthorize',
    answer: (request, tenant) => {
      tenant.subscriptions.reauthorize(idOf(request), request.now);
      return { status: 204 };
    },
  },
];

function idOf({ params }: GraphRequest): string {
  return params.subscription ?? '';
}

function present(subscription: Subscription, status: number, request: GraphRequest, tenant: Tenant) {
  const context = contextOf(tenant, request, 'subscriptions/$entity');
  return { status, body: { '@odata.context': context, ...presentSubscription(subscription) } };
}
