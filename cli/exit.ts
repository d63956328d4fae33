/** Exit codes of all commands (docs/scan.md, "Exit codes"). */
export const EXIT = {
  ok: 0,
  /** Findings at or above `--fail-on`; problems that `lint` or `test-rules` found. */
  findings: 1,
  /** Command line, people file or rules are wrong. */
  usage: 2,
  /** The result says less than it should: something could not be read. */
  incomplete: 3,
  /** Postern itself failed. */
  failed: 70,
  /** Ctrl-C. */
  stopped: 130,
} as const;
