/** `/users/{id}/authentication/…`: what a person can prove an identity with. */
import { kindOf, type Method } from '../authentication-method.ts';
import { BOTH, contextOf, type Endpoint, type GraphRequest, type Tenant, takesNoOptions, userOf } from '../tenant.ts';

const ALL = ['UserAuthenticationMethod.Read.All', 'UserAuthenticationMethod.ReadWrite.All'];

const ENDPOINT = { method: 'GET', versions: BOTH, family: 'methods', quota: 'reports' } as const;

/** Authentication methods. They share the limit of the reports. */
export const AUTHENTICATION_METHODS: readonly Endpoint[] = [
  {
    ...ENDPOINT,
    path: '/users/{user}/authentication/methods',
    permissions: ALL,
    answer: (request, tenant) => list(request, tenant, 'methods', () => true),
  },
  {
    ...ENDPOINT,
    path: '/users/{user}/authentication/phoneMethods',
    permissions: [...ALL, 'UserAuthMethod-Phone.Read.All', 'UserAuthMethod-Phone.ReadWrite.All'],
    answer: (request, tenant) => list(request, tenant, 'phoneMethods', (method) => kindOf(method) === 'phone'),
  },
  {
    ...ENDPOINT,
    path: '/users/{user}/authentication/emailMethods',
    permissions: [...ALL, 'UserAuthMethod-Email.Read.All', 'UserAuthMethod-Email.ReadWrite.All'],
    answer: (request, tenant) => list(request, tenant, 'emailMethods', (method) => kindOf(method) === 'email'),
  },
];

function list(request: GraphRequest, tenant: Tenant, name: string, isWanted: (method: Method) => boolean) {
  takesNoOptions(request);
  const user = userOf(tenant, request.params.user ?? '');
  const methods = (tenant.methods.get(user.id.toLowerCase()) ?? []).filter(isWanted);
  const context = contextOf(tenant, request, `users('${user.id}')/authentication/${name}`);
  // Lists of one kind name no type.
  const value = name === 'methods' ? methods : methods.map(({ '@odata.type': _, ...rest }) => rest);
  return { status: 200, body: { '@odata.context': context, value } };
}
