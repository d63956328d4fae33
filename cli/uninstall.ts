/** `postern uninstall`: exports the ledger, deletes Graph subscriptions, permissions and sign-in, and lists what is left. */
import { writeFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { CLOUDS, SIGN_INS, type SignIn } from '../infra/admin-options.ts';
import { readGrants, revoke } from '../infra/grants.ts';
import { findSignIn, removeSignIn } from '../infra/sign-in.ts';
import type { Cloud } from '../src/azure/graph-paths.ts';
import { GRAPH_PERMISSIONS } from '../src/azure/permissions.ts';
import { ConfigError } from '../src/errors.ts';
import type { Inventory } from '../src/live/uninstall.ts';
import type { Graph } from '../src/ports.ts';
import { EXIT } from './exit.ts';
import { createRemote, expectOk, type Remote, type RemoteOptions, withRemote } from './remote.ts';

/** What this command cannot end, and how it ends. docs/privacy.md has the same list. */
export const LEFTOVERS: readonly { readonly what: string; readonly how: string }[] = [
  { what: 'Azure resources, with all data', how: 'azd down, or az group delete -n GROUP' },
  { what: 'key vault, soft-deleted', how: 'gone after 90 days; purge protection allows nothing sooner' },
  {
    what: 'log data',
    how: 'gone 14 days after the workspace; at once: az monitor log-analytics workspace delete --force',
  },
  { what: 'SMS numbers', how: 'release them before deleting the communication service: portal, Phone numbers' },
  { what: 'DNS records of the sender domain and the answer address', how: 'delete them at your DNS provider' },
  { what: 'scopes in Exchange, if you made any', how: 'Remove-ManagementRoleAssignment, Remove-ServicePrincipal' },
  { what: 'the identity of GitHub Actions, if you made one', how: 'az identity delete, and the environment in GitHub' },
  {
    what: 'exported files, printed cards, notices in mailboxes',
    how: 'delete by hand; tell the people that they are no longer watched',
  },
  { what: 'audit records of what Postern read, safety copies of Azure', how: 'kept by Microsoft, by its terms' },
];

/** Options of the command. */
interface UninstallOptions extends RemoteOptions {
  /** File; `false` after `--no-export`. */
  readonly export?: string | boolean;
  readonly principal?: string;
  readonly host?: string;
  readonly tenant?: string;
  readonly cloud: Cloud;
  readonly signIn: SignIn;
  readonly dryRun?: boolean;
  readonly skipApp?: boolean;
  readonly skipEntra?: boolean;
  readonly undo?: boolean;
}

/** What the parts of it talk to; `undefined` = that part is skipped. */
export interface UninstallParts {
  readonly remote: Remote | undefined;
  readonly entra:
    | { readonly graph: Graph; readonly principalId: string; readonly host: string | undefined }
    | undefined;
  /** Where the ledger goes; `undefined` = it is not exported. */
  readonly save: ((ledger: string) => Promise<void>) | undefined;
  readonly say: (line: string) => void;
}

const ENTRA_ROLES = 'Privileged Role Administrator and Cloud Application Administrator';

/** The command, for the program's list. */
export function uninstallCommand(): Command {
  return withRemote(new Command('uninstall'))
    .description('leave: export the ledger, delete Graph subscriptions, permissions and sign-in, list what is left')
    .option('--export <file>', 'where the ledger and the audit trail go (NDJSON)')
    .option('--no-export', 'do not keep them')
    .option('--principal <id>', "object id of the app's identity (or IDENTITY_PRINCIPAL_ID)")
    .option('--host <name>', 'host name of the app, to find its sign-in registration (or APP_HOST)')
    .option('--tenant <id>', 'tenant to sign in to')
    .addOption(new Option('--cloud <name>', 'national cloud').choices(CLOUDS).default('global'))
    .addOption(new Option('--sign-in <how>', 'how the Entra admin signs in').choices([...SIGN_INS]).default('cli'))
    .option('--dry-run', 'list what there is, change nothing')
    .option('--skip-app', 'the app is gone: its subscriptions end by themselves within 29 days')
    .option('--skip-entra', 'an Entra admin does that part elsewhere')
    .option('--undo', 'the app makes its subscriptions again; grant the permissions anew for the rest')
    .addHelpText('after', '\nExit codes: 0 done, 1 a dry run found something to remove, 2 not possible.')
    .action(async (options: UninstallOptions) => {
      // The sign-in library is heavy, and the other commands do without it.
      const { createAdminGraph, explainRefusal } = await import('../infra/admin-graph.ts');
      const parts = partsOf(options, process.env, createAdminGraph);
      try {
        if (options.undo) await takeBack(parts);
        else if (options.dryRun) process.exitCode = (await survey(parts)) > 0 ? EXIT.findings : EXIT.ok;
        else await uninstall(parts);
      } catch (error) {
        const words = explainRefusal(error, ENTRA_ROLES, options.signIn);
        throw words === undefined ? error : new ConfigError([words]);
      }
    });
}

function partsOf(
  options: UninstallOptions,
  env: Readonly<Record<string, string | undefined>>,
  createAdminGraph: (cloud: Cloud, signIn: SignIn, tenantId?: string) => Graph,
): UninstallParts {
  const principalId = options.principal ?? env.IDENTITY_PRINCIPAL_ID;
  const file = typeof options.export === 'string' ? options.export : undefined;
  const problems = [
    !options.skipEntra &&
      principalId === undefined &&
      'Say whose permissions to take away: --principal ID, or --skip-entra.',
    !options.skipApp &&
      !options.dryRun &&
      !options.undo &&
      file === undefined &&
      options.export !== false &&
      'Say where the ledger goes: --export FILE. It is gone with the tables. Or --no-export.',
  ].filter((problem) => problem !== false);
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    remote: options.skipApp ? undefined : createRemote(options, env),
    entra:
      options.skipEntra || principalId === undefined
        ? undefined
        : {
            graph: createAdminGraph(options.cloud, options.signIn, options.tenant),
            principalId,
            host: options.host ?? env.APP_HOST,
          },
    save: file === undefined ? undefined : (ledger) => saveAnew(file, ledger),
    say: (line) => console.log(line),
  };
}

async function saveAnew(file: string, ledger: string): Promise<void> {
  await writeFile(file, ledger, { mode: 0o600, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'EEXIST' ? 'is there already' : `cannot be written (${error.code})`;
    throw new ConfigError([`${file}: ${why}. Nothing was deleted; name another file.`]);
  });
}

/** Lists what there is; the number of things to remove. */
export async function survey({ remote, entra, say }: UninstallParts): Promise<number> {
  let count = 0;
  if (remote) {
    const { subscriptions, rows } = expectOk(await remote('GET', 'uninstall')).json as Inventory;
    count += subscriptions;
    say(`${subscriptions} Graph subscriptions`);
    say(
      `rows by table: ${Object.entries(rows)
        .map(([table, number]) => `${table} ${number}`)
        .join(', ')}`,
    );
  }
  if (entra) {
    const { list, foreign } = await readGrants(entra.graph, entra.principalId);
    const held = list.filter(({ state }) => state === 'granted').map(({ permission }) => permission.permission);
    const registered = entra.host !== undefined && (await findSignIn(entra.graph, entra.host)) !== undefined;
    count += held.length + (registered ? 1 : 0);
    say(`${held.length} Graph permissions: ${held.join(', ') || 'none'}`);
    if (foreign.length > 0) say(`not ours, and left alone: ${foreign.join(', ')}`);
    say(`sign-in registration: ${registered ? 'there' : 'none found'}`);
  }
  sayLeftovers(say);
  return count;
}

/**
 * Export first, because it cannot be had again; then the app's subscriptions, which need its permissions; then these; the
 * sign-in last, because the steps before need it. @throws ConfigError, UpstreamError; what was done stays done
 */
export async function uninstall({ remote, entra, save, say }: UninstallParts): Promise<void> {
  if (remote && save) {
    const { text } = expectOk(await remote('GET', 'uninstall?export=1'));
    await save(text);
    say(`Exported ${text.split('\n').length - 1} rows of ledger and audit trail.`);
  }
  if (remote) {
    const { removed } = expectOk(await remote('POST', 'uninstall')).json as { removed: number };
    say(`Deleted ${removed} Graph subscriptions; none is made again.`);
  } else say('Graph subscriptions: no longer served an hour after the permissions are gone; they end within 29 days.');
  if (entra) {
    const grants = await readGrants(entra.graph, entra.principalId);
    const taken = await revoke(entra.graph, grants, GRAPH_PERMISSIONS);
    say(`Took away ${taken.length} Graph permissions${taken.length > 0 ? `: ${taken.join(', ')}` : ''}.`);
    if (entra.host === undefined) say('Sign-in registration: not looked for, because --host is missing.');
    else
      say(
        (await removeSignIn(entra.graph, entra.host))
          ? 'Deleted the sign-in registration.'
          : 'There was no sign-in registration.',
      );
  } else say('Permissions: left to an Entra admin: npx node infra/grant-graph-permissions.ts --principal ID --revoke');
  sayLeftovers(say);
}

async function takeBack({ remote, say }: UninstallParts): Promise<void> {
  if (!remote) throw new ConfigError(['--undo asks the app; leave out --skip-app.']);
  expectOk(await remote('DELETE', 'uninstall'));
  say('The app makes its subscriptions again within 15 minutes.');
}

function sayLeftovers(say: (line: string) => void): void {
  say('\nLeft to you:');
  for (const { what, how } of LEFTOVERS) say(`  ${what}: ${how}`);
}
