/**
 * Registers the desk page and the admin API with Entra, so that people can sign in to them. Run by an Entra admin after
 * the deployment; running it again brings the registration up to date.
 */
import { parseArgs } from 'node:util';
import { createAdminGraph, explainRefusal } from './admin-graph.ts';
import { CLOUDS, SIGN_INS } from './admin-options.ts';
import { registerSignIn, type SignInOptions } from './sign-in.ts';

const HELP = `Registers the desk page and the admin API with Entra.

  node infra/register-sign-in.ts --host HOST --principal ID --tenant ID [--admin WHO] [--desk WHO]

  --host HOST        output APP_HOST of the deployment (or that variable)
  --principal ID     output IDENTITY_PRINCIPAL_ID of the deployment (or that variable)
  --tenant ID        tenant of the identity (or AZURE_TENANT_ID)
  --admin WHO        who may enroll people: user name, or object id of a user or group; may be repeated
  --desk WHO         who may see findings; may be repeated
  --cloud NAME       ${CLOUDS.join(', ')} (global)
  --sign-in HOW      ${SIGN_INS.join(', ')} (cli: whoever \`az login\` signed in)

It needs the Entra role Cloud Application Administrator (groups: and Entra ID P1).`;

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The options, or what is wrong with them, in words. */
export function readSignInOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): (SignInOptions & { readonly signIn: (typeof SIGN_INS)[number] }) | string {
  let values: ReturnType<typeof parse>['values'];
  try {
    ({ values } = parse(args));
  } catch (error) {
    return `${(error as Error).message}\n\n${HELP}`;
  }
  const host = values.host ?? env.APP_HOST;
  const principal = values.principal ?? env.IDENTITY_PRINCIPAL_ID;
  const tenant = values.tenant ?? env.AZURE_TENANT_ID;
  if (!host || !principal || !tenant) return `--host, --principal and --tenant are needed.\n\n${HELP}`;
  if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(host)) return '--host: should be a host name, without https:// and path.';
  if (!GUID.test(principal)) return '--principal: should be an object id.';
  if (!GUID.test(tenant)) return '--tenant: should be a tenant id.';
  const cloud = CLOUDS.find((name) => name === values.cloud);
  if (!cloud) return `--cloud ${values.cloud}: the clouds are ${CLOUDS.join(', ')}.`;
  const signIn = SIGN_INS.find((name) => name === values['sign-in']);
  if (!signIn) return `--sign-in ${values['sign-in']}: the ways are ${SIGN_INS.join(', ')}.`;
  const members = [
    ...(values.admin ?? []).map((who) => ({ role: 'Postern.Admin' as const, who })),
    ...(values.desk ?? []).map((who) => ({ role: 'Postern.Desk' as const, who })),
  ];
  return { host, identityPrincipalId: principal, tenantId: tenant, cloud, signIn, members };
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      host: { type: 'string' },
      principal: { type: 'string' },
      tenant: { type: 'string' },
      admin: { type: 'string', multiple: true },
      desk: { type: 'string', multiple: true },
      cloud: { type: 'string', default: 'global' },
      'sign-in': { type: 'string', default: 'cli' },
    },
  });
}

if (import.meta.main && process.argv.some((arg) => arg === '--help' || arg === '-h')) console.log(HELP);
else if (import.meta.main) {
  const options = readSignInOptions(process.argv.slice(2), process.env);
  if (typeof options === 'string') {
    console.error(options);
    process.exitCode = 2;
  } else {
    const graph = createAdminGraph(options.cloud, options.signIn, options.tenantId);
    try {
      const { clientId, created, assigned } = await registerSignIn(graph, options);
      console.log(`${created ? 'Registered' : 'Brought up to date'}; ${assigned} people or groups got a role.`);
      console.log(
        `signInClientId = ${clientId}\nNext: azd env set POSTERN_SIGN_IN_CLIENT_ID ${clientId} && azd provision`,
      );
    } catch (error) {
      console.error(explainRefusal(error, 'Cloud Application Administrator', options.signIn) ?? error);
      process.exitCode = 2;
    }
  }
}
