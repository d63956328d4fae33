/** The `postern` command: lists the commands and turns every error into plain words and an exit code. */
import { Command, CommanderError } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { ConfigError, InputError, RuleError } from '../src/errors.ts';
import { configCommand } from './config.ts';
import { doctorCommand } from './doctor.ts';
import { drillCommand } from './drill.ts';
import { EXIT } from './exit.ts';
import { lintCommand } from './lint.ts';
import { noticeCommand } from './notice.ts';
import { peopleCommand } from './people.ts';
import { reportCommand } from './report.ts';
import { scanCommand } from './scan.ts';
import { testRulesCommand } from './test-rules.ts';
import { uninstallCommand } from './uninstall.ts';

const EXAMPLES = `
Examples:
  postern scan exports/                          everything in a folder
  postern scan audit.json signins.csv --html report.html
  postern scan logs/ --people people.yml --fail-on attacked
  postern lint my-rules/                         what is wrong with rules`;

const COMMANDS = [
  scanCommand,
  lintCommand,
  testRulesCommand,
  peopleCommand,
  noticeCommand,
  drillCommand,
  reportCommand,
  doctorCommand,
  configCommand,
  uninstallCommand,
];

function exitOverride(command: Command): void {
  command.exitOverride();
  command.commands.forEach(exitOverride);
}

/** The program with all commands. */
export function createProgram(): Command {
  const program = new Command('postern')
    .description(packageJson.description)
    .version(packageJson.version)
    .addHelpText('after', EXAMPLES)
    .showHelpAfterError('(add --help for what is possible)');
  for (const command of COMMANDS) program.addCommand(command());
  exitOverride(program);
  return program;
}

/** Code and words for an error. */
function explainError(error: unknown): { readonly code: number; readonly text: string } {
  // Commander has already printed; help and version are no errors.
  if (error instanceof CommanderError) return { code: error.exitCode === 0 ? EXIT.ok : EXIT.usage, text: '' };
  if (error instanceof ConfigError || error instanceof RuleError)
    return { code: EXIT.usage, text: `${error.message}\n` };
  if (error instanceof InputError) return { code: EXIT.incomplete, text: `${error.message}\n` };
  if (error instanceof Error && error.name === 'AbortError') {
    return { code: EXIT.stopped, text: 'Stopped before the end: no result, nothing was written.\n' };
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    code: EXIT.failed,
    text: `Postern failed, which is a mistake of ours. Please report it with these lines:\n${detail}\n`,
  };
}

// `postern scan … | head`: a reader that has seen enough is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  throw error;
});

try {
  await createProgram().parseAsync();
} catch (error) {
  const { code, text } = explainError(error);
  process.exitCode = code;
  // Who is stopped while waiting for a pipe still waits for it.
  process.stderr.write(text, () => {
    if (code === EXIT.stopped) process.exit();
  });
}
