/**
 * Gives the app's identity its Microsoft Graph permissions. Run by an Entra admin, apart from the deployment:
 *   node infra/grant-graph-permissions.ts --principal IDENTITY_PRINCIPAL_ID
 * Prints every permission with its reason and what goes blind without it. Running it again changes nothing.
 */
import { parseArgs } from 'node:util';
import { GRAPH_PERMISSIONS, type GraphPermission, PACKS, type Pack, permissionsOf } from '../src/azure/permissions.ts';
import { createAdminGraph, explainRefusal } from './admin-graph.ts';
import { CLOUDS, SIGN_INS, type SignIn } from './admin-options.ts';
import { type Grants, grant, readGrants, revoke } from './grants.ts';

/** The Entra role that may grant application permissions of Microsoft Graph. */
const ADMIN_ROLE = 'Privileged Role Administrator';

const HELP = `Gives Postern's identity its Microsoft Graph permissions.

  node infra/grant-graph-permissions.ts --principal ID [options]

  --principal ID     object id of the identity: output IDENTITY_PRINCIPAL_ID of the deployment (or that variable)
  --pack NAME        besides core: ${Object.keys(PACKS)
    .filter((pack) => pack !== 'core')
    .join(', ')}; may be repeated
  --without NAME     leave a permission out; may be repeated. The rules that need it are blind.
  --dry-run          print what would be done; without --principal just the list
  --markdown         print the list as the table of docs/permissions.md
  --revoke           take away everything on the list, whatever the pack
  --cloud NAME       ${CLOUDS.join(', ')} (global)
  --tenant ID        tenant to sign in to
  --sign-in HOW      ${SIGN_INS.join(', ')} (cli: whoever \`az login\` signed in)

It needs the Entra role ${ADMIN_ROLE}. Exit codes: 0 done, 1 a dry run found something to do, 2 not possible.`;

interface Options {
  readonly principal: string | undefined;
  readonly wanted: readonly GraphPermission[];
  readonly dryRun: boolean;
  readonly revoke: boolean;
  readonly cloud: (typeof CLOUDS)[number];
  readonly tenant: string | undefined;
  readonly signIn: SignIn;
}

/** What to print instead of doing something: help, the table, or what is wrong with the options. */
export interface Said {
  readonly say: string;
  readonly isError: boolean;
}

/** The options, or what to say. */
export function readOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Options | Said {
  let values: ReturnType<typeof parse>['values'];
  try {
    ({ values } = parse(args));
  } catch (error) {
    return wrong(`${(error as Error).message}\n\n${HELP}`);
  }
  if (values.help) return { say: HELP, isError: false };
  if (values.markdown) return { say: permissionMarkdown(), isError: false };
  const packs = values.pack ?? [];
  const wrongPack = packs.find((pack) => !Object.hasOwn(PACKS, pack));
  if (wrongPack !== undefined) return wrong(`--pack ${wrongPack}: the packs are ${Object.keys(PACKS).join(', ')}.`);
  const without = values.without ?? [];
  const wrongName = without.find((name) => !GRAPH_PERMISSIONS.some(({ permission }) => permission === name));
  if (wrongName !== undefined) return wrong(`--without ${wrongName}: no permission of the list has this name.`);
  const cloud = CLOUDS.find((name) => name === values.cloud);
  if (!cloud) return wrong(`--cloud ${values.cloud}: the clouds are ${CLOUDS.join(', ')}.`);
  const signIn = SIGN_INS.find((name) => name === values['sign-in']);
  if (!signIn) return wrong(`--sign-in ${values['sign-in']}: the ways are ${SIGN_INS.join(', ')}.`);
  const principal = values.principal ?? env.IDENTITY_PRINCIPAL_ID;
  if (principal === undefined && !values['dry-run'])
    return wrong(`Say whom to give them to: --principal ID.\n\n${HELP}`);
  if (principal !== undefined && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(principal))
    return wrong('--principal: should be an object id, as 00000000-0000-0000-0000-000000000000.');
  const chosen = values.revoke ? GRAPH_PERMISSIONS : permissionsOf(['core', ...(packs as Pack[])]);
  return {
    principal,
    wanted: chosen.filter(({ permission }) => !without.includes(permission)),
    dryRun: values['dry-run'] ?? false,
    revoke: values.revoke ?? false,
    cloud,
    tenant: values.tenant,
    signIn,
  };
}

function wrong(say: string): Said {
  return { say, isError: true };
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      principal: { type: 'string' },
      pack: { type: 'string', multiple: true },
      without: { type: 'string', multiple: true },
      'dry-run': { type: 'boolean' },
      markdown: { type: 'boolean' },
      revoke: { type: 'boolean' },
      cloud: { type: 'string', default: 'global' },
      tenant: { type: 'string' },
      'sign-in': { type: 'string', default: 'cli' },
      help: { type: 'boolean', short: 'h' },
    },
  });
}

/** The list as text. With `grants`: what the identity has of it. */
export function permissionTable(wanted: readonly GraphPermission[], grants?: Grants): string {
  const stateOf = (permission: GraphPermission) => {
    const state = grants?.list.find((one) => one.permission === permission)?.state;
    if (state === 'unknown') return 'not in this cloud';
    if (state === 'granted') return wanted.includes(permission) ? 'granted' : 'granted, not asked for now';
    return wanted.includes(permission) ? (grants ? 'missing' : 'asked for') : 'not asked for';
  };
  const blocks = GRAPH_PERMISSIONS.map((permission) =>
    [
      `${permission.permission.padEnd(36)} ${permission.pack.padEnd(16)} ${stateOf(permission)}`,
      `    why      ${permission.why}`,
      `    without  ${permission.blindWithout}`,
    ].join('\n'),
  );
  const foreign = grants?.foreign.length
    ? [`Permissions that Postern never asks for: ${grants.foreign.join(', ')}. Take them away unless you know why.`]
    : [];
  return [...blocks, ...foreign].join('\n');
}

/** The list as the table of docs/permissions.md. */
export function permissionMarkdown(): string {
  const rows = GRAPH_PERMISSIONS.map(
    ({ permission, pack, why, blindWithout }) => `| \`${permission}\` | ${pack} | ${why} | ${blindWithout} |`,
  );
  return ['| permission | pack | why | without it |', '|---|---|---|---|', ...rows].join('\n');
}

async function run(options: Options): Promise<number> {
  if (options.principal === undefined) {
    console.log(permissionTable(options.wanted));
    return 0;
  }
  const graph = createAdminGraph(options.cloud, options.signIn, options.tenant);
  const grants = await readGrants(graph, options.principal);
  console.log(`Identity ${grants.name} (${grants.principalId})\n\n${permissionTable(options.wanted, grants)}\n`);
  const todo = grants.list.filter(
    ({ permission, state }) =>
      options.wanted.includes(permission) && state === (options.revoke ? 'granted' : 'missing'),
  );
  const verb = options.revoke ? 'taken away' : 'granted';
  if (todo.length === 0) console.log(`Nothing to do: all are ${options.revoke ? 'gone' : 'granted'}.`);
  else if (options.dryRun) {
    console.log(`Would be ${verb}: ${todo.map(({ permission }) => permission.permission).join(', ')}`);
    return 1;
  } else {
    const done = await (options.revoke ? revoke : grant)(graph, grants, options.wanted);
    console.log(
      `${done.length} ${verb}: ${done.join(', ')}. Tokens that exist keep their permissions for up to a day.`,
    );
  }
  return 0;
}

if (import.meta.main) {
  const options = readOptions(process.argv.slice(2), process.env);
  if ('say' in options) {
    console[options.isError ? 'error' : 'log'](options.say);
    process.exitCode = options.isError ? 2 : 0;
  } else {
    process.exitCode = await run(options).catch((error: unknown) => {
      console.error(explainRefusal(error, ADMIN_ROLE, options.signIn) ?? error);
      return 2;
    });
  }
}
