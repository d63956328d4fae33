/** `postern people`: enrollment from the command line, over the admin API. */
import { readFile, writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { ConfigError } from '../src/errors.ts';
import { createRemote, expectOk, type RemoteOptions, withRemote } from './remote.ts';

/** The command with its subcommands. */
export function peopleCommand(): Command {
  const people = new Command('people').description('enroll people: list, add, change, remove, import, export, prove');
  const add = (command: Command) => people.addCommand(withRemote(command));
  add(
    new Command('list').description('everybody, one line each').action(async (options: RemoteOptions) => {
      const { json } = expectOk(await createRemote(options)('GET', 'people'));
      const { people: all } = json as { people: readonly Shown[] };
      print(all.map(lineOf).join('\n'), `${all.length} people`);
    }),
  );
  add(
    new Command('show')
      .argument('<id>')
      .description('one person')
      .action(async (id: string, options: RemoteOptions) => {
        const { json } = expectOk(await createRemote(options)('GET', `people/${encodeURIComponent(id)}`));
        print(JSON.stringify(json, undefined, 2));
      }),
  );
  add(
    new Command('import')
      .argument('<file>', 'CSV or JSON, docs/people.md says how')
      .option('--check', 'say what would happen, change nothing')
      .description('add and change people')
      .action(async (file: string, { check, ...options }: RemoteOptions & { check?: boolean }) => {
        const text = await read(file);
        const answer = await createRemote(options)('POST', `people${check ? '?check=1' : ''}`, text);
        print(reportOf(expectOk(named(answer, file)).json));
      }),
  );
  add(
    new Command('export')
      .argument('[file]', 'where to; without one it is printed')
      .option('--format <format>', 'csv or json', 'csv')
      .description('everybody, in a form that import reads')
      .action(async (file: string | undefined, { format, ...options }: RemoteOptions & { format: string }) => {
        const { text } = expectOk(await createRemote(options)('GET', `people?format=${encodeURIComponent(format)}`));
        if (file === undefined) print(text.trimEnd());
        else await writeFile(file, text, { mode: 0o600 });
      }),
  );
  add(
    new Command('set')
      .argument('<id>')
      .argument('<file>', 'JSON of one person, as `show` prints')
      .description('replace one person')
      .action(async (id: string, file: string, options: RemoteOptions) => {
        const answer = await createRemote(options)('PUT', `people/${encodeURIComponent(id)}`, await read(file));
        print(reportOf(expectOk(named(answer, file)).json));
      }),
  );
  add(
    new Command('remove')
      .argument('<id>')
      .description('end the protection; what is known of them is erased within 24 hours')
      .action(async (id: string, options: RemoteOptions) => {
        expectOk(await createRemote(options)('DELETE', `people/${encodeURIComponent(id)}`));
        print('Removed. What is known of them is erased within 24 hours.');
      }),
  );
  add(
    new Command('code')
      .argument('<id>')
      .argument('<channel>', 'id of a channel, or a recovery address in full')
      .description('send a code that proves a channel or recovery address')
      .action(async (id: string, channel: string, options: RemoteOptions) => {
        const body = JSON.stringify(targetOf(channel));
        const { json } = expectOk(await createRemote(options)('POST', `people/${encodeURIComponent(id)}/code`, body));
        print(`Sent. It is good until ${(json as { until: string }).until}.`);
      }),
  );
  add(
    new Command('prove')
      .argument('<id>')
      .argument('<channel>', 'as with `code`')
      .argument('<code>')
      .description('take the code that the person read out')
      .action(async (id: string, channel: string, code: string, options: RemoteOptions) => {
        const body = JSON.stringify({ ...targetOf(channel), code });
        expectOk(await createRemote(options)('POST', `people/${encodeURIComponent(id)}/proof`, body));
        print('Proven.');
      }),
  );
  add(
    new Command('card')
      .argument('<id>')
      .argument('<file>', 'where to write the page')
      .option('--new', 'issue another card: it is used up, lost, or was seen by others')
      .description('the safety card, a page to print')
      .action(async (id: string, file: string, { new: isNew, ...options }: RemoteOptions & { new?: boolean }) => {
        const path = `people/${encodeURIComponent(id)}/card`;
        const { text } = expectOk(await createRemote(options)(isNew ? 'POST' : 'GET', path));
        await writeFile(file, text, { mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
          throw new ConfigError([
            `${file}: cannot be written (${error.code}). Without --new the card can be had again.`,
          ]);
        });
        if (isNew) print('The words of the old card are void from now on: let the person destroy it.');
        print(`Print ${file}, hand it over, delete it.`);
      }),
  );
  return people;
}

interface Shown {
  readonly id: string;
  readonly name: string;
  readonly accounts: readonly string[];
  readonly language: string;
  readonly origin: string;
  readonly channels: readonly {
    readonly kind: string;
    readonly provenAt?: string;
    readonly retiredAt?: string;
    readonly lost?: unknown;
  }[];
}

function lineOf({ id, name, accounts, language, channels, origin }: Shown): string {
  const usable = channels.filter(({ retiredAt, lost }) => !retiredAt && !lost);
  const proven = usable.filter(({ provenAt }) => provenAt).length;
  return `${id}  ${name}  ${accounts[0] ?? ''}  ${language}  ${proven} of ${usable.length} channels proven  ${origin}`;
}

function targetOf(channel: string) {
  if (channel.startsWith('c_')) return { channel };
  return { recovery: { kind: channel.includes('@') ? 'email' : 'phone', address: channel } };
}

function reportOf(json: unknown): string {
  const {
    added,
    changed,
    unchanged,
    check,
    warnings = [],
  } = json as {
    added?: number;
    changed?: number;
    unchanged?: number;
    check?: boolean;
    warnings?: readonly { person: string; message: string }[] | readonly string[];
  };
  const lines = warnings.map((one) =>
    typeof one === 'string' ? `warning: ${one}` : `warning: ${one.person}: ${one.message}`,
  );
  if (added === undefined) return [...lines, 'Saved.'].join('\n');
  const verb = check ? 'would be ' : '';
  return [...lines, `${added} ${verb}added, ${changed} ${verb}changed, ${unchanged} as they were`].join('\n');
}

/** Problems name the file that the admin knows, not the body of a request. */
function named<T extends { readonly json: unknown }>(answer: T, file: string): T {
  const { problems } = (answer.json ?? {}) as { problems?: readonly string[] };
  if (!problems) return answer;
  return { ...answer, json: { problems: problems.map((text) => text.replace(/^input\b/, file)) } };
}

async function read(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ConfigError([`${file}: cannot be read (${error.code}).`]);
  });
}

function print(...lines: readonly string[]): void {
  process.stdout.write(`${lines.filter((line) => line !== '').join('\n')}\n`);
}
