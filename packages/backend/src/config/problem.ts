/** One thing that is wrong or doubtful in the configuration file, told so that a person can mend it at once. */
export interface ConfigProblem {
  readonly file: string;
  /** From 1; the nearest place that the file still has. */
  readonly line: number;
  readonly column: number;
  /** Path in the document, `models.fast.targets[0]`; "" for the file as a whole. */
  readonly field: string;
  readonly problem: string;
  /** What to write or do. */
  readonly fix: string;
}

export type FieldPath = readonly (string | number)[];

/** Takes note of a problem at a path; the place in the file is found by the receiver. */
export type Report = (path: FieldPath, problem: string, fix: string) => void;

/** `models.fast.targets[0].weight`, with quotes around keys that hold dots or blanks. */
export function fieldName(path: FieldPath): string {
  let name = '';
  for (const part of path) {
    if (typeof part === 'number') name += `[${part}]`;
    else if (/^[\w/-]+$/.test(part)) name += name === '' ? part : `.${part}`;
    else name += `[${JSON.stringify(part.length > 60 ? `${part.slice(0, 57)}...` : part)}]`;
  }
  return name;
}

/** The problems as text for a terminal: `file:line:column  field`, what is wrong, and the fix below it. */
export function problemText(problems: readonly ConfigProblem[]): string {
  return problems
    .map(({ file, line, column, field, problem, fix }) => {
      const where = `${file}:${line}:${column}${field === '' ? '' : `  ${field}`}`;
      return `${where}\n  problem: ${problem}\n  fix:     ${fix}`;
    })
    .join('\n');
}
