/** Microsoft Graph for the scripts that an Entra admin runs: as that person, with the limits and retries of the app. */
import {
  AzureAuthorityHosts,
  AzureCliCredential,
  DeviceCodeCredential,
  InteractiveBrowserCredential,
  type TokenCredential,
} from '@azure/identity';
import { systemClock } from '../src/azure/clock.ts';
import { createGraph } from '../src/azure/graph.ts';
import type { Cloud } from '../src/azure/graph-paths.ts';
import { createLimiter } from '../src/azure/limits.ts';
import { UpstreamError } from '../src/errors.ts';
import { createLog } from '../src/log.ts';
import type { Graph } from '../src/ports.ts';
import type { SignIn } from './admin-options.ts';

/** Graph as the signed-in admin. Asks for nothing before the first call. */
export function createAdminGraph(cloud: Cloud, signIn: SignIn, tenantId?: string): Graph {
  // The log lines of throttled calls belong to the app's telemetry, not to a terminal.
  const silent = createLog({ info: () => {}, warn: () => {}, error: () => {} });
  return createGraph({
    credential: credentialOf(cloud, signIn, tenantId),
    cloud,
    limiter: createLimiter(systemClock),
    clock: systemClock,
    log: silent,
  });
}

function credentialOf(cloud: Cloud, signIn: SignIn, tenantId: string | undefined): TokenCredential {
  const authorityHost = {
    global: AzureAuthorityHosts.AzurePublicCloud,
    usgov: AzureAuthorityHosts.AzureGovernment,
    'usgov-dod': AzureAuthorityHosts.AzureGovernment,
    china: AzureAuthorityHosts.AzureChina,
  }[cloud];
  const tenant = tenantId === undefined ? {} : { tenantId };
  if (signIn === 'cli') return new AzureCliCredential(tenant);
  if (signIn === 'browser') return new InteractiveBrowserCredential({ authorityHost, ...tenant });
  return new DeviceCodeCredential({
    authorityHost,
    ...tenant,
    userPromptCallback: ({ message }) => console.error(message),
  });
}

/** What a refusal means for the person at the keyboard, and what to do; `undefined` for an error of another kind. */
export function explainRefusal(error: unknown, role: string, signIn: SignIn): string | undefined {
  if (!(error instanceof UpstreamError)) return undefined;
  switch (error.code) {
    case 'UNAUTHORIZED':
      return signIn === 'cli'
        ? 'You are not signed in: az login --tenant TENANT --allow-no-subscriptions, then run this again (or use --sign-in device).'
        : 'The sign-in was not completed. Run this again.';
    case 'FORBIDDEN':
      return `You may not do this. It needs the Entra role ${role}; with Privileged Identity Management, activate it first, then sign in again.`;
    case 'NOT_FOUND':
      return 'Entra does not know this object. A new identity takes a minute to appear; check the id and the tenant, then run this again.';
    case 'THROTTLED':
    case 'UNAVAILABLE':
      return 'Microsoft Graph does not answer now. Run this again in a few minutes; what was done stays done.';
    default:
      return `Microsoft Graph refused (${error.code}${error.cause instanceof Error ? `, ${error.cause.message}` : ''}).`;
  }
}
