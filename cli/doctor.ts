/** `postern doctor`: explains the state of a running Postern in words, and what to do about each part. */
import { Command } from 'commander';
import { ConfigError } from '../src/errors.ts';
import { Health } from '../src/live/health.ts';
import { EXIT } from './exit.ts';
import { createRemote, expectOk, type RemoteOptions, withRemote } from './remote.ts';

/** The command, for the program's list. */
export function doctorCommand(): Command {
  return withRemote(new Command('doctor'))
    .description('what a running Postern can see, what it cannot, and what to do about it')
    .addHelpText('after', '\nExit codes: 0 all is well, 1 something needs you, 2 it cannot be asked.')
    .action(async (options: RemoteOptions) => {
      const { json } = expectOk(await createRemote(options)('GET', 'health'));
      const health = Health.safeParse(json);
      if (!health.success) throw new ConfigError(['The health route answered something else. Is it the same version?']);
      const { text, needs } = diagnose(health.data);
      process.stdout.write(text);
      process.exitCode = needs > 0 ? EXIT.findings : EXIT.ok;
    });
}

/** The words for a state, and how many things need somebody. */
export function diagnose(health: Health): { readonly text: string; readonly needs: number } {
  const sections = [settings, sources, rules, timers, subscriptions, queues, people, telling, unknown].map((part) =>
    part(health),
  );
  const needs = sections.flatMap(({ needs: some }) => some);
  const fine = sections.flatMap(({ fine: some }) => some);
  const lines = [
    `Postern ${health.version}, ${health.mode === 'live' ? 'live: people are told' : 'dry-run: everything runs, nobody is told'}`,
    ...fine.map((text) => `  ok    ${text}`),
    ...needs.map((text) => `  NEEDS ${text}`),
    needs.length === 0 ? 'All is well.' : `${needs.length} things need you.`,
  ];
  return { text: `${lines.join('\n')}\n`, needs: needs.length };
}

interface Section {
  readonly fine: readonly string[];
  readonly needs: readonly string[];
}

function settings({ settings: problems }: Health): Section {
  if (problems.length === 0) return { fine: ['settings'], needs: [] };
  return {
    fine: [],
    needs: problems.map(
      ({ key, message }) =>
        `setting ${key}: ${message}. Change it in the app settings (infra: ruleSettings or parameters).`,
    ),
  };
}

const SOURCE_WORDS: Readonly<Record<string, string>> = {
  licence: 'the tenant has no licence for it (Entra ID P1 or P2). The rules below stay blind without it.',
  permission: 'a Graph permission is missing. An Entra admin runs infra/grant-graph-permissions.ts.',
  optIn: 'the SSPR reporting opt-in was never done. Open Entra admin center, Password reset, Usage & insights once.',
  silent: 'it has been silent for longer than it ever was. Check the tenant, then the permission.',
  renamed: 'Entra has renamed an activity that rules look for. Update Postern.',
  cloud: 'this national cloud does not have it.',
};

function sources({ sources: all }: Health): Section {
  const fine = all
    .filter(({ state }) => state === 'fresh')
    .map(({ name, readTo }) => `log ${name}, read up to ${readTo ?? '?'}`);
  const off = all.filter(({ state }) => state === 'off').map(({ name }) => `log ${name} is off by setting`);
  const needs = all.flatMap(({ name, state, why, readTo, since }) => {
    if (state === 'late')
      return [
        `log ${name}: not read since ${readTo ?? 'the start'}. Look at the poll-logs function in Application Insights.`,
      ];
    if (state === 'never')
      return [`log ${name}: never read. Is poll-logs running? A first deployment takes some minutes.`];
    if (state === 'blind')
      return [`log ${name}: blind since ${since ?? '?'}: ${SOURCE_WORDS[why ?? ''] ?? why ?? 'unknown'}`];
    return [];
  });
  return { fine: [...fine, ...off], needs };
}

function rules({ rules: { on, staged, off, blind, problems } }: Health): Section {
  return {
    fine: [`rules: ${on} on, ${staged} staged, ${off} off`],
    needs: [
      ...(blind.length > 0
        ? [`${blind.length} rules are blind:`, ...blind.map(({ rule, why }) => `  ${rule}: ${why}`)]
        : []),
      ...problems.map((text) => `rule: ${text}`),
    ],
  };
}

function timers({ timers: all }: Health): Section {
  return {
    fine: all.filter(({ state }) => state === 'awake').map(({ name, at }) => `timer ${name}, last at ${at ?? '?'}`),
    needs: all
      .filter(({ state }) => state !== 'awake')
      .map(({ name, state, at }) =>
        state === 'never'
          ? `timer ${name} has never run. After a deployment wait ten minutes, then restart the app.`
          : `timer ${name} sleeps since ${at ?? '?'}. Restart the app; if that does not help, redeploy.`,
      ),
  };
}

function subscriptions({ subscriptions: all }: Health): Section {
  if (all.length === 0) return { fine: ['no subscriptions: Graph is polled only'], needs: [] };
  const isFine = ({ state, hoursLeft }: Health['subscriptions'][number]) =>
    !['missing', 'failed'].includes(state) && hoursLeft > 24;
  return {
    fine: [`${all.filter(isFine).length} subscriptions`],
    needs: all
      .filter((one) => !isFine(one))
      .map(
        ({ kind, state, hoursLeft }) =>
          `subscription ${kind}: ${state}, ${Math.round(hoursLeft)} hours left. It is made anew each 15 minutes; if it stays so, look at renew-subscriptions.`,
      ),
  };
}

function queues({ queues: all }: Health): Section {
  return {
    fine: all.filter(({ dead }) => dead === 0).map(({ queue, waiting }) => `queue ${queue}: ${waiting} waiting`),
    needs: all
      .filter(({ dead }) => dead > 0)
      .map(
        ({ queue, dead }) =>
          `queue ${queue}: ${dead} messages were given up. watch drains them into desk tasks; docs/runbook.md says what then.`,
      ),
  };
}

function people({ people: { enrolled, reachable, unproven } }: Health): Section {
  if (enrolled === 0)
    return { fine: [], needs: ['nobody is enrolled. postern people import people.csv, or POSTERN_ENROLL_GROUP.'] };
  return {
    fine: [`${enrolled} people, ${reachable} reachable over two independent channels`],
    needs:
      unproven > 0
        ? [`${unproven} people have no proven channel: only the desk can reach them. postern people code …`]
        : [],
  };
}

function telling({ mode, notices, openTasks, quota }: Health): Section {
  const counts = Object.entries(notices).map(([status, count]) => `${count} ${status}`);
  const empty = quota.filter(({ left }) => left === 0);
  return {
    fine: [
      counts.length > 0 ? `notices of 30 days: ${counts.join(', ')}` : 'no notices yet',
      ...(mode === 'dry-run' ? ['dry-run: set POSTERN_MODE=live when what would have been sent is right'] : []),
    ],
    needs: [
      ...(openTasks > 0 ? [`${openTasks} tasks wait at the desk`] : []),
      ...empty.map(
        ({ channel, of }) =>
          `channel ${channel}: its quota of ${of} is used up; notices wait. Ask the provider for more.`,
      ),
    ],
  };
}

function unknown({ unknown: parts }: Health): Section {
  return { fine: [], needs: parts.map((part) => `${part}: could not be asked, so nothing here speaks for it.`) };
}
