/** `node --import ./bench/peak-memory.mjs …`: tells the largest resident size of the process when it ends, on stderr. */
process.once('exit', () => process.stderr.write(`peak ${process.resourceUsage().maxRSS} KB\n`));
