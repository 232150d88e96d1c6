/** Where references are looked up. Nothing here is logged or repeated in a message. */
export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Text of a secret file; a relative path counts from the configuration file. Throws when it cannot be read. */
  readonly readSecretFile: (path: string) => string;
}

/** A reference that was looked up: the secret, or why there is none. `missing` and `warning` never hold the secret. */
export type Resolved =
  | { readonly kind: 'secret'; readonly value: string; readonly plain: boolean }
  | { readonly kind: 'missing'; readonly missing: string; readonly fix: string }
  | { readonly kind: 'malformed'; readonly problem: string; readonly fix: string };

/** Looks up `${VARIABLE}` or `file:path`; any other text is the secret itself. */
export function resolveSecret(reference: string, sources: SecretSources): Resolved {
  const variable = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(reference)?.[1];
  if (variable !== undefined) return fromVariable(variable, sources);
  if (reference.startsWith('file:')) return fromFile(reference.slice('file:'.length), sources);
  if (reference.includes('${')) {
    return {
      kind: 'malformed',
      problem: 'a reference must be the whole value',
      fix: `write "\${VARIABLE}" and nothing else`,
    };
  }
  return usable(reference, true, 'the value');
}

function fromVariable(variable: string, { env }: SecretSources): Resolved {
  const value = env[variable]?.trim() ?? '';
  if (value !== '') return usable(value, false, `the environment variable ${variable}`);
  const fix = `set ${variable} in the environment and start again`;
  return { kind: 'missing', missing: `the environment variable ${variable} is not set`, fix };
}

function fromFile(path: string, { readSecretFile }: SecretSources): Resolved {
  let text: string;
  try {
    text = readSecretFile(path).trim();
  } catch {
    const fix = 'create the file, or let the user of the gateway read it';
    return { kind: 'missing', missing: `the secret file "${path}" cannot be read`, fix };
  }
  if (text !== '') return usable(text, false, `the secret file "${path}"`);
  return { kind: 'missing', missing: `the secret file "${path}" is empty`, fix: 'write the secret into it' };
}

/** A secret travels in a header, which takes printable ASCII only. */
function usable(value: string, plain: boolean, source: string): Resolved {
  if (/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value)) return { kind: 'secret', value, plain };
  const problem = `${source} holds characters that cannot stand in a header (a line break, perhaps)`;
  return { kind: 'malformed', problem, fix: 'use the key alone, in plain letters, digits and signs' };
}
