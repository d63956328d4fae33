/** A parent to be killed: starts a host and tells its process id. */
import { startFunctionsHostProcess } from '../../../local/functions-host/process.ts';

const [root = ''] = process.argv.slice(2);
const off = ['work', 'bury', 'batch', 'hooked'].map((name) => [`AzureWebJobs.${name}.Disabled`, 'true']);
const settings = { TICK_SCHEDULE: '0 0 0 1 1 *', JOBS_QUEUE: 'jobs', ...Object.fromEntries(off) };
const host = await startFunctionsHostProcess({ root, port: 0, timers: 'manual', settings });
process.send?.(host.pid);
