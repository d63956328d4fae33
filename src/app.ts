/**
 * The composition root: what the functions call. Reads the environment on first use, never at import; each story loads
 * what it needs when it first runs, so that a webhook does not wait for the rule engine.
 */
import { ConfigError, faultOf, UpstreamError } from './errors.ts';
import { type LogSink, logTo } from './log.ts';
import { createStories, type Stories } from './wiring/stories.ts';

let stories: Stories | undefined;

/** What an invocation offers: `InvocationContext` of @azure/functions. */
export interface Invocation extends LogSink {
  readonly functionName: string;
}

/**
 * Runs one story for an invocation. What it logs goes to the invocation. An error is thrown on, so that the host repeats
 * what can be repeated; its text is ours, because that of an SDK may hold addresses.
 */
export async function run<T>(name: string, context: Invocation, story: (stories: Stories) => Promise<T>): Promise<T> {
  return logTo(context, async () => {
    try {
      stories ??= createStories(process.env);
      return await story(stories);
    } catch (error) {
      if (error instanceof ConfigError || error instanceof UpstreamError) {
        context.error(JSON.stringify({ message: 'function failed', function: name, why: error.message }));
        throw error;
      }
      const { fault } = faultOf(error);
      const where = error instanceof Error ? (error.stack ?? '').split('\n').slice(1, 6).join(' |') : '';
      context.error(JSON.stringify({ message: 'function failed', function: name, fault, where }));
      throw new Error(`${name}: ${fault}`);
    }
  });
}

/** Closes what was opened; for whoever ends the process in order. */
export async function close(): Promise<void> {
  await stories?.close();
  stories = undefined;
}
