/** Brings delivery reports to the functions as Event Grid does: a batch of one, again and again until it is taken. */
import type { DeliveryEvent } from './acs-stand-in.ts';

/** Brings reports, one at a time, in order. */
export interface Courier {
  readonly post: (event: DeliveryEvent) => void;
  /** From now on to this address. Reports wait until there is one. */
  readonly reportTo: (url: string) => void;
  readonly stop: () => void;
}

const AGAIN_MS = 500;
const TRIES = 120;

/** A courier with an empty bag. */
export function createCourier(): Courier {
  const waiting: { event: DeliveryEvent; tries: number }[] = [];
  let url: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isBusy = false;
  let isStopped = false;

  async function run(): Promise<void> {
    if (isBusy || isStopped || url === undefined) return;
    isBusy = true;
    for (let next = waiting[0]; next && !isStopped; next = waiting[0]) {
      next.tries += 1;
      if (!(await deliver(url, next.event)) && next.tries < TRIES) break;
      waiting.shift();
    }
    isBusy = false;
    if (waiting.length > 0 && !isStopped) timer = setTimeout(() => void run(), AGAIN_MS);
  }

  return {
    post(event) {
      waiting.push({ event, tries: 0 });
      void run();
    },
    reportTo(address) {
      url = address;
      void run();
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

async function deliver(url: string, event: DeliveryEvent): Promise<boolean> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'aeg-event-type': 'Notification' },
      body: JSON.stringify([event]),
      signal: AbortSignal.timeout(10_000),
    });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
