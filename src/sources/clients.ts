/** Operating system and browser family, so that an update of either is still the same client. */
import { text } from './record.ts';

/** In order: the first that occurs wins (Android says Linux, Edge says Chrome, Chrome says Safari). */
const SYSTEMS: readonly (readonly [needle: string, family: string])[] = [
  ['windows', 'windows'],
  ['iphone', 'ios'],
  ['ipad', 'ios'],
  ['android', 'android'],
  ['macos', 'macos'],
  ['mac os', 'macos'],
  ['macintosh', 'macos'],
  ['ios', 'ios'],
  ['cros', 'chromeos'],
  ['chrome os', 'chromeos'],
  ['chromeos', 'chromeos'],
  ['linux', 'linux'],
];

const BROWSERS: readonly (readonly [needle: string, family: string])[] = [
  ['python', 'script'],
  ['powershell', 'script'],
  ['axios', 'script'],
  ['curl/', 'script'],
  ['go-http-client', 'script'],
  ['okhttp', 'script'],
  ['edg', 'edge'],
  ['opr/', 'opera'],
  ['opera', 'opera'],
  ['firefox', 'firefox'],
  ['fxios', 'firefox'],
  ['outlook', 'outlook'],
  ['samsung', 'samsung'],
  ['chrome', 'chrome'],
  ['crios', 'chrome'],
  ['chromium', 'chrome'],
  ['safari', 'safari'],
  ['trident', 'ie'],
  ['internet explorer', 'ie'],
  ['ie ', 'ie'],
  ['rich client', 'app'],
];

/**
 * `windows/edge` from a sign-in's device detail, or from a user agent where there is none. `other` stands for a part
 * that is named but not known; `undefined` when neither is named.
 */
export function clientOf(system: unknown, browser: unknown, userAgent: unknown): string | undefined {
  const agent = text(userAgent);
  const named = [text(system) ?? agent, text(browser) ?? agent] as const;
  if (named[0] === undefined && named[1] === undefined) return undefined;
  return `${familyOf(named[0], SYSTEMS)}/${familyOf(named[1], BROWSERS)}`;
}

function familyOf(name: string | undefined, families: readonly (readonly [string, string])[]): string {
  if (name === undefined) return 'other';
  const lower = name.toLowerCase();
  for (const [needle, family] of families) if (lower.includes(needle)) return family;
  return 'other';
}

/** How many different clients are remembered; a tenant has a few thousand device and browser versions. */
const REMEMBERED = 4096;

/** `clientOf` with a memory: the same few texts come back with every sign-in. */
export function createClients(): typeof clientOf {
  const agents = new Map<string, string | undefined>();
  const devices = new Map<string, string | undefined>();
  function remember(known: Map<string, string | undefined>, key: string, read: () => string | undefined) {
    const found = known.get(key);
    if (found !== undefined || known.has(key)) return found;
    if (known.size >= REMEMBERED) known.clear();
    const client = read();
    known.set(key, client);
    return client;
  }
  return (system, browser, userAgent) => {
    const read = () => clientOf(system, browser, userAgent);
    // An agent alone is its own key: putting texts together costs more than looking them up.
    if (system === undefined && browser === undefined) {
      return typeof userAgent === 'string' ? remember(agents, userAgent, read) : undefined;
    }
    return remember(devices, `${system ?? ''}|${browser ?? ''}|${system && browser ? '' : (userAgent ?? '')}`, read);
  };
}
