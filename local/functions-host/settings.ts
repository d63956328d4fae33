/** App settings: what functions read from the environment and what `%NAME%` in a binding stands for. */
import { ConfigError } from '../../src/errors.ts';

/** What Core Tools set, too. */
export const DEFAULT_SETTINGS = { AZURE_FUNCTIONS_ENVIRONMENT: 'Development', FUNCTIONS_WORKER_RUNTIME: 'node' };

/** The settings of a running app. */
export interface AppSettings {
  /** By name; like .NET configuration it does not mind case when no name fits exactly. */
  get(name: string): string | undefined;
  /** Replaces every `%NAME%`; `where` names the binding in the message. @throws ConfigError naming unset settings */
  expand(text: string, where: string): string;
  /** `AzureWebJobs.<name>.Disabled`, or with underscores, is 1 or true. */
  isDisabled(functionName: string): boolean;
  /** Sets one more, for this app only. */
  set(name: string, value: string): void;
  /** Puts the environment back as it was. */
  restore(): void;
}

/**
 * Puts the settings into `environment`, where functions read them. `given` wins over what is set already; the values
 * of local.settings.json only fill gaps, as with Core Tools.
 */
export function applySettings(
  environment: Record<string, string | undefined>,
  local: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>>,
): AppSettings {
  const before = new Map<string, string | undefined>();
  const set = (name: string, value: string) => {
    if (!before.has(name)) before.set(name, environment[name]);
    environment[name] = value;
  };
  for (const [name, value] of Object.entries(local)) if (environment[name] === undefined) set(name, value);
  for (const [name, value] of Object.entries(given)) set(name, value);
  const get = (name: string) => environment[name] ?? withoutCase(environment, name);
  return {
    get,
    set,
    expand: (text, where) => expand(text, where, get),
    isDisabled: (name) =>
      [`AzureWebJobs.${name}.Disabled`, `AzureWebJobs_${name}_Disabled`].some((key) =>
        /^(1|true)$/i.test(get(key) ?? ''),
      ),
    restore: () => {
      for (const [name, value] of before) {
        if (value === undefined) delete environment[name];
        else environment[name] = value;
      }
    },
  };
}

function withoutCase(environment: Record<string, string | undefined>, name: string): string | undefined {
  const wanted = name.toLowerCase();
  const key = Object.keys(environment).find((candidate) => candidate.toLowerCase() === wanted);
  return key === undefined ? undefined : environment[key];
}

function expand(text: string, where: string, get: (name: string) => string | undefined): string {
  const problems: string[] = [];
  const expanded = text.replace(/%([^%]+)%/g, (whole, name: string) => {
    const value = get(name);
    if (value === undefined) problems.push(`${where}: the setting ${name} is not set (needed by "${text}")`);
    return value ?? whole;
  });
  if (problems.length > 0) throw new ConfigError(problems);
  return expanded;
}
