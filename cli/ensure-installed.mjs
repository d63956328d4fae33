// Makes `npm start`, `npm test` and the other scripts work in an empty clone: installs what the lock file names when
// node_modules is missing or older than the lock file. Plain JavaScript without imports of ours: it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync, utimesSync } from 'node:fs';

const lock = 'package-lock.json';
const marker = 'node_modules/.package-lock.json';
const stale = !existsSync(marker) || statSync(marker).mtimeMs < statSync(lock).mtimeMs;
if (stale) {
  console.error('Installing dependencies (npm ci) …');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    console.error('npm ci failed. Check the network or proxy settings of npm, then run the same command again.');
    process.exit(status ?? 1);
  }
  const now = new Date();
  utimesSync(marker, now, now);
}
