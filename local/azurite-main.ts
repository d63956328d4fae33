/**
 * Runs Azurite's tables in this process, as their own main file does, with two differences: the terminal's Ctrl-C does not
 * end them (whoever started them decides in which order to end), and they end when their parent is gone.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);
require(join(dirname(require.resolve('azurite/package.json')), 'dist/src/table/main.js'));

const ignore = () => undefined;
// Azurite adds its handlers a moment after it was loaded, and ends in order on the message `shutdown`.
process.on('newListener', (event, listener) => {
  if (event !== 'SIGINT' || listener === ignore) return;
  setImmediate(() => process.removeListener('SIGINT', listener as () => void));
});
process.on('SIGINT', ignore);
// The channel to the parent would keep the process alive.
process.on('message', (message) => message === 'shutdown' && process.connected && process.disconnect());
process.on('disconnect', () => process.emit('message', 'shutdown', undefined));
