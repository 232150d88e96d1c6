import type { SeenRequest } from '../../packages/backend/src/simulator/index.ts';
import type { FormatId } from '../../packages/backend/src/types/format-id.ts';
import type { JsonObject } from '../../packages/backend/src/types/json.ts';
import { isObject } from '../../packages/backend/src/utils/fields.ts';

/** What one conversation carried upstream: calls that went back with their results, in the words of the format. */
export interface Evidence {
  /** Requests to the path of the format. */
  readonly requests: number;
  readonly path: string;
  /** Texts of the results in the longest conversation, each of which answers a call in it. */
  readonly results: readonly string[];
}

const PATHS: Readonly<Record<FormatId, RegExp>> = {
  'openai-chat': /^\/v1\/chat\/completions$/,
  'openai-responses': /^\/v1\/responses$/,
  'anthropic-messages': /^\/v1\/messages$/,
  gemini: /^\/v1beta\/models\/[^:]+.*:(streamG|g)enerateContent/,
};

type Paired = (body: JsonObject) => string[];

const objects = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** Calls and results are both told, so that a result counts only where its call stands before it. */
function paired(calls: readonly unknown[], results: readonly (readonly [id: unknown, content: unknown])[]): string[] {
  return results
    .filter(([id]) => calls.includes(id))
    .map(([, content]) => (typeof content === 'string' ? content : JSON.stringify(content)));
}

const READERS: Readonly<Record<FormatId, Paired>> = {
  'openai-chat': ({ messages }) =>
    paired(
      objects(messages).flatMap((one) => objects(one['tool_calls']).map(({ id }) => id)),
      objects(messages).flatMap((one) => (one['role'] === 'tool' ? [[one['tool_call_id'], one['content']]] : [])),
    ),
  'openai-responses': ({ input }) =>
    paired(
      objects(input).flatMap((one) => (one['type'] === 'function_call' ? [one['call_id']] : [])),
      objects(input).flatMap((one) =>
        one['type'] === 'function_call_output' ? [[one['call_id'], one['output']]] : [],
      ),
    ),
  'anthropic-messages': ({ messages }) => {
    const blocks = objects(messages).flatMap(({ content }) => objects(content));
    return paired(
      blocks.flatMap((one) => (one['type'] === 'tool_use' ? [one['id']] : [])),
      blocks.flatMap((one) => (one['type'] === 'tool_result' ? [[one['tool_use_id'], one['content']]] : [])),
    );
  },
  gemini: ({ contents }) => {
    const parts = objects(contents).flatMap((one) => objects(one['parts']));
    const calls = parts.flatMap(({ functionCall }) => (isObject(functionCall) ? [functionCall['name']] : []));
    const answers = parts.flatMap(({ functionResponse }) => (isObject(functionResponse) ? [functionResponse] : []));
    return paired(
      calls,
      answers.map(({ name, response }) => [name, response]),
    );
  },
};

/** Reads what the simulator saw. A request on the path of another format is left out: it proves nothing. */
export function evidenceOf(seen: readonly SeenRequest[], format: FormatId): Evidence {
  const inFormat = seen.filter(({ path }) => PATHS[format].test(path.replace(/\?.*$/, '')));
  const all = inFormat.map(({ body }) => READERS[format](parsed(body)));
  const longest = all.reduce<string[]>((best, one) => (one.length > best.length ? one : best), []);
  return { requests: inFormat.length, path: inFormat[0]?.path ?? '', results: longest };
}

function parsed(body: string): JsonObject {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : {};
  } catch {
    // Longer than what the simulator keeps; it counts as a conversation without calls.
    return {};
  }
}
