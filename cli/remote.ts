/** A deployed Postern, or one on this machine, as commands reach it: its admin API over HTTP. */
import type { Command } from 'commander';
import { ConfigError } from '../src/errors.ts';

/** Options that say where it is and who asks. */
export interface RemoteOptions {
  readonly url?: string;
  readonly key?: string;
  readonly token?: string;
}

/** An answer. */
export interface RemoteAnswer {
  readonly status: number;
  readonly text: string;
  /** The parsed body where it is JSON. */
  readonly json: unknown;
}

/** Asks. */
export type Remote = (method: string, path: string, body?: string) => Promise<RemoteAnswer>;

const TIMEOUT_MS = 120_000;

/** Adds the options to a command. */
export function withRemote(command: Command): Command {
  return command
    .option('--url <url>', 'address of the functions app, as https://postern.example.org (or POSTERN_URL)')
    .option('--key <key>', 'function key, or the local key of `npm start` (or POSTERN_KEY)')
    .option('--token <token>', 'access token of Entra ID for the app (or POSTERN_TOKEN)');
}

/** @throws ConfigError when it is not said where Postern is, or it cannot be reached, or does not let us in */
export function createRemote(
  options: RemoteOptions,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Remote {
  const url = options.url ?? environment.POSTERN_URL;
  if (url === undefined) throw new ConfigError(['Say where Postern runs: --url https://… or POSTERN_URL.']);
  if (!URL.canParse(url)) throw new ConfigError(['--url: should be an address that starts with https://']);
  const key = options.key ?? environment.POSTERN_KEY;
  const token = options.token ?? environment.POSTERN_TOKEN;
  const headers: Record<string, string> = {
    ...(key !== undefined && { 'x-functions-key': key }),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  return async (method, path, body) => {
    const address = new URL(`api/${path}`, url.endsWith('/') ? url : `${url}/`);
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(address, { method, headers, signal, ...(body !== undefined && { body }) }).catch(
      (error: unknown) => {
        const { cause } = error as { cause?: { code?: string } };
        throw new ConfigError([`${url}: cannot be reached (${cause?.code ?? 'no answer'}). Is the app running?`]);
      },
    );
    const text = await response.text();
    if (response.status === 401)
      throw new ConfigError(['Postern does not know who asks. In Azure: --token; on a laptop: --key.']);
    if (response.status === 403) throw new ConfigError([messageIn(text) ?? 'This needs an app role that you lack.']);
    return { status: response.status, text, json: parseJson(text) };
  };
}

/** The answer if it is good. @throws ConfigError with what the API says is wrong */
export function expectOk(answer: RemoteAnswer): RemoteAnswer {
  if (answer.status < 400) return answer;
  const { problems } = (answer.json ?? {}) as { problems?: readonly string[] };
  throw new ConfigError(problems ?? [messageIn(answer.text) ?? `Postern answered ${answer.status}.`]);
}

function messageIn(text: string): string | undefined {
  const { error, kind } = (parseJson(text) ?? {}) as { error?: string; kind?: string };
  return error ?? kind;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
