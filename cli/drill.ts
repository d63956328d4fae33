/** `postern drill`: a marked test over the real path to everybody who volunteered, and who was reached. */
import { Command } from 'commander';
import type { DrillReport } from '../src/live/drill.ts';
import { count } from '../src/report/wording.ts';
import { EXIT } from './exit.ts';
import { createRemote, expectOk, type RemoteOptions, withRemote } from './remote.ts';

/** The command. */
export function drillCommand(): Command {
  return withRemote(new Command('drill'))
    .argument('<name>', 'as 2026-12; the same for the report')
    .option('--report', 'who was reached so far, instead of sending')
    .description('send a clearly marked test to the volunteers over every channel of theirs')
    .addHelpText('after', '\nExit codes: 0 done (--report: everybody was reached), 1 somebody was not, 2 not possible.')
    .action(async (name: string, { report, ...options }: RemoteOptions & { report?: boolean }) => {
      const remote = createRemote(options);
      const path = `people/drill/${encodeURIComponent(name)}`;
      if (!report) {
        const { messages, dryRun } = expectOk(await remote('POST', path)).json as { messages: number; dryRun: boolean };
        process.stdout.write(startedText(name, messages, dryRun));
        return;
      }
      const drilled = expectOk(await remote('GET', path)).json as DrillReport;
      process.stdout.write(reportText(drilled));
      process.exitCode = drilled.reached < drilled.volunteers || drilled.volunteers === 0 ? EXIT.findings : EXIT.ok;
    });
}

/** What is said after the start. */
export function startedText(name: string, messages: number, dryRun: boolean): string {
  if (messages === 0) return `Nothing to send: nobody volunteers, or the drill ${name} was sent before.\n`;
  const unsent = dryRun ? 'POSTERN_MODE is dry-run: they are written, and not sent.\n' : '';
  return `${count(messages)} messages are on their way. ${unsent}Later: postern drill ${name} --report\n`;
}

/** Who was reached. Opaque ids only: `people show` says who it is. */
export function reportText({ name, volunteers, reached, people }: DrillReport): string {
  const lines = people.flatMap(({ person, reached: isReached, channels }) => [
    `  ${isReached ? 'reached    ' : 'NOT REACHED'}  ${person}${channels.length === 0 ? '  no channel that can be used' : ''}`,
    ...channels.map(
      ({ channel, kind, status, why }) =>
        `      ${kind === 'sms' ? 'SMS ' : 'mail'}  ${channel}  ${status}${why === undefined ? '' : ` (${why})`}`,
    ),
  ]);
  return `${[`Drill ${name}: ${count(reached)} of ${count(volunteers)} volunteers reached`, ...lines].join('\n')}\n`;
}
