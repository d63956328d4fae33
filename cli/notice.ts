/** `postern notice verify`: whether a notice that somebody has in hand is ours, for the desk on the phone. */
import { Command } from 'commander';
import type { Verified } from '../src/live/notice-api.ts';
import { visible } from '../src/report/wording.ts';
import { EXIT } from './exit.ts';
import { createRemote, expectOk, type RemoteOptions, withRemote } from './remote.ts';

const STATES = { tried: 'someone tried', changed: 'something was changed', 'got-in': 'someone got in' } as const;

/** The command with its subcommand. */
export function noticeCommand(): Command {
  const notice = new Command('notice').description('check notices that people have received');
  return notice.addCommand(
    withRemote(new Command('verify'))
      .argument('<reference...>', 'as the person reads it out: K7Q4-9M2X')
      .description('whether a notice is ours, whom it went to, and which words it quotes')
      .addHelpText('after', '\nExit codes: 0 it is ours, 1 it is not, 2 Postern cannot be asked.')
      .action(async (words: readonly string[], options: RemoteOptions) => {
        // Nothing that could be another path; what is no reference is said to be none.
        const typed = words.join('').slice(0, 40) || '-';
        const { json } = expectOk(
          await createRemote(options)('GET', `people/notices/${encodeURIComponent(typed.replace(/[./\\]/g, '-'))}`),
        );
        const verified = json as Verified;
        process.stdout.write(verifiedText(verified));
        process.exitCode = verified.result === 'genuine' || verified.result === 'code' ? EXIT.ok : EXIT.findings;
      }),
  );
}

/** What the desk reads. Instants in UTC. */
export function verifiedText(verified: Verified): string {
  switch (verified.result) {
    case 'unreadable':
      return text('This is no reference. It has eight letters and digits, as K7Q4-9M2X: let it be read out again.');
    case 'unknown':
      return text(
        `Not ours: no notice has the reference ${shown(verified.reference)}.`,
        'Let it be read out again. If it stays so, somebody forges notices: the person should answer nothing, call no',
        'number in it, and keep it for you.',
      );
    case 'code':
      return text(
        `Ours: ${shown(verified.reference)} is a code that the desk sent to prove a channel.`,
        whom(verified),
        '  the code is for the desk only; the person reads it out to nobody else',
      );
    case 'genuine':
      return text(
        `Ours: ${shown(verified.reference)}`,
        whom(verified),
        `  about   ${aboutOf(verified)}`,
        ...verified.notices.map(sentLine),
        ...wordLines(verified),
      );
  }
}

type Genuine = Extract<Verified, { result: 'genuine' }>;

function text(...lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}

function whom({ person, name }: Extract<Verified, { person: string }>): string {
  return `  to      ${name === undefined ? `${person}, who is not enrolled any more` : `${visible(name)} (${person})`}`;
}

function aboutOf({ state, finding, notices }: Genuine): string {
  if (notices.some(({ variant }) => variant === 'drill')) return 'a drill: nothing happened';
  return [state && STATES[state], finding && `finding ${finding}`].filter(Boolean).join(', ');
}

function sentLine({ kind, variant, channel, at, status }: Genuine['notices'][number]): string {
  // Over HTTP instants are text.
  const when = new Date(at).toISOString().slice(0, 16).replace('T', ' ');
  return `  sent    ${when} UTC, ${kind === 'sms' ? 'SMS' : 'mail'}, ${variant}, ${status} (${channel})`;
}

function wordLines({ card }: Genuine): string[] {
  if (!card) return ['  words   it quotes none: ask the person something else that only they know'];
  const lines = [`  words   number ${card.number}: ${card.words}. Let the person name them; never read them out.`];
  return card.isReplaced
    ? [...lines, '          They are of a card that was replaced: who knows them has proven nothing.']
    : lines;
}

function shown(reference: string): string {
  return `${reference.slice(0, 4)}-${reference.slice(4)}`;
}
