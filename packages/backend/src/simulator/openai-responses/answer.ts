import type { Json, JsonObject } from '../../types/json.ts';
import type { Ask, Block, Script, SimulatedUsage, Step } from '../contract.ts';
import { foldScript } from '../fold.ts';
import { digest, signProof } from '../ids.ts';

const responseId = (ask: Ask): string => `resp_${digest(48, ask.seed)}`;

/** `rs_`, `msg_` or `fc_` and a digest. An `fc_` id says whether the call was reasoned about, as the vendor's store knows. */
function itemId(ask: Ask, kind: 'rs' | 'msg' | 'fc', at: number): string {
  const mark = kind === 'fc' ? (ask.model.startsWith('thinking') && !ask.reasoningOff ? '1' : '0') : '';
  return `${kind}_${mark}${digest(47, ask.seed, kind, String(at))}`;
}

/** True for an `fc_` id whose call came with a reasoning item. */
export const wasReasoned = (id: string): boolean => /^fc_1[0-9a-f]{47}$/.test(id);

export function responsesUsage(usage: SimulatedUsage): JsonObject {
  const written = usage.cacheWrite5m + usage.cacheWrite1h;
  return {
    input_tokens: usage.input,
    input_tokens_details: {
      cached_tokens: usage.cacheRead,
      ...(written > 0
        ? {
            cache_write_tokens: written,
            cache_write_tokens_details: { ttl_30m: usage.cacheWrite5m, ttl_12h: usage.cacheWrite1h },
          }
        : {}),
    },
    output_tokens: usage.output,
    output_tokens_details: { reasoning_tokens: usage.reasoning },
    total_tokens: usage.input + usage.output,
  };
}

/** The output items of a block, finished; `at` is the index of the first. */
export function itemsOf(ask: Ask, block: Block, at: number): JsonObject[] {
  switch (block.type) {
    case 'think':
      return [reasoningItem(ask, block, at)];
    case 'say':
      return [
        messageItem(ask, at, { type: 'output_text', text: block.pieces.join(''), annotations: [], logprobs: [] }),
      ];
    case 'refuse':
      return [messageItem(ask, at, { type: 'refusal', refusal: block.text })];
    case 'call':
      return block.calls.map(({ name, args }, offset) => ({
        id: itemId(ask, 'fc', at + offset),
        type: 'function_call',
        status: 'completed',
        call_id: `call_${digest(24, ask.seed, 'call', String(at + offset))}`,
        name,
        // The vendor always sends JSON here, for a call without arguments an empty object.
        arguments: args || '{}',
      }));
  }
}

function messageItem(ask: Ask, at: number, part: JsonObject): JsonObject {
  return { id: itemId(ask, 'msg', at), type: 'message', status: 'completed', role: 'assistant', content: [part] };
}

function reasoningItem(ask: Ask, { pieces, hidden }: Extract<Block, { type: 'think' }>, at: number): JsonObject {
  const text = pieces.join('');
  const shown = ask.reasoningVisible && !hidden;
  return {
    id: itemId(ask, 'rs', at),
    type: 'reasoning',
    summary: shown ? [{ type: 'summary_text', text }] : [],
    ...(ask.wantsEncrypted ? { encrypted_content: signProof('openai-responses', text) } : {}),
  };
}

/** What changes from event to event. */
export interface ResponseState {
  readonly status: string;
  readonly usage?: JsonObject | undefined;
  readonly error?: JsonObject;
  readonly incomplete?: string | undefined;
}

/** The response object in a given state; every event that carries one repeats all of it. */
export function responseObject(
  ask: Ask,
  createdS: number,
  state: ResponseState & { readonly output: Json[] },
): JsonObject {
  return {
    id: responseId(ask),
    object: 'response',
    created_at: createdS,
    status: state.status,
    background: false,
    error: state.error ?? null,
    incomplete_details: state.incomplete === undefined ? null : { reason: state.incomplete },
    instructions: null,
    max_output_tokens: null,
    model: ask.model,
    output: state.output,
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: ask.reasoningVisible ? 'auto' : null },
    service_tier: 'default',
    store: false,
    temperature: 1,
    text: { format: { type: 'text' }, verbosity: 'medium' },
    tool_choice: 'auto',
    tools: ask.tools.map(({ name, schema }) => ({
      type: 'function',
      name,
      parameters: schema,
      strict: false,
      description: null,
    })),
    top_p: 1,
    truncation: 'disabled',
    usage: state.usage ?? null,
    user: null,
    metadata: {},
  };
}

/** Why an answer is incomplete; absent for a completed one. */
export function incompleteOf({ reason }: Extract<Step, { type: 'end' }>): string | undefined {
  if (reason === 'length') return 'max_output_tokens';
  return reason === 'filter' ? 'content_filter' : undefined;
}

/** A whole response. */
export function answerResponses(ask: Ask, script: Script, createdS: number): JsonObject {
  const { blocks, end, usage } = foldScript(ask, script);
  const output: Json[] = [];
  for (const block of blocks) output.push(...itemsOf(ask, block, output.length));
  const incomplete = incompleteOf(end);
  const status = incomplete === undefined ? 'completed' : 'incomplete';
  return responseObject(ask, createdS, { status, output, incomplete, usage: usage && responsesUsage(usage) });
}
