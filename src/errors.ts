/** Errors, sorted by who must act. Messages hold no address, phone number, token or record content. */

/** Something wrong at one place of a file, in words that say what to do. */
export interface Problem {
  readonly file: string;
  /** 1-based. */
  readonly line?: number;
  /** 1-based. */
  readonly column?: number;
  readonly message: string;
}

/** `file:line:column: message`, leaving out what is not known. */
export function formatProblem(problem: Problem): string {
  const where = [problem.file, problem.line, problem.column].filter((part) => part !== undefined).join(':');
  return `${where}: ${problem.message}`;
}

/** The admin must act: settings or arguments are wrong. All problems at once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** The rule author must act. All problems of all files at once. */
export class RuleError extends Error {
  override readonly name = 'RuleError';
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.problems = problems;
  }
}

/** The person who exported the file must act: it cannot be read on from here. */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly problem: Problem;
  constructor(problem: Problem, options?: { cause?: unknown }) {
    super(formatProblem(problem), options);
    this.problem = problem;
  }
}
