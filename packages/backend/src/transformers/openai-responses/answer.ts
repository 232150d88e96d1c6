import type { AnswerContext } from '../../types/format.ts';
import type { Citation, Proof } from '../../types/ir/request.ts';
import type { StopReason } from '../../types/ir/stream-event.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { sealProof } from '../proof.ts';
import { encodeAnnotation } from './encode-parts.ts';
import { encodeToolChoice, encodeTools } from './encode-tools.ts';
import type { ToolAddress } from './namespace.ts';
import { FORMAT, TEXT_PROOF } from './wire.ts';

const keep = (name: string): string => name;

function textConfig({ output, verbosity }: AnswerContext['request']): JsonObject {
  const format =
    output === undefined
      ? { type: 'text' }
      : output.type === 'json'
        ? { type: 'json_object' }
        : {
            type: 'json_schema',
            name: output.name ?? 'response',
            schema: output.schema,
            strict: output.strict ?? false,
          };
  return { format, ...(verbosity !== undefined && { verbosity }) };
}

function reasoningEcho({ reasoning }: AnswerContext['request']): JsonObject {
  return { effort: reasoning?.effort ?? null, summary: reasoning?.visible === true ? 'auto' : null };
}

function samplingEcho({ sampling }: AnswerContext['request']): JsonObject {
  const { temperature, topP, topLogprobs } = sampling;
  return { temperature: temperature ?? null, top_p: topP ?? null, top_logprobs: topLogprobs ?? 0 };
}

/** Fields of the response that repeat the request. They are the same in every event of a stream. */
export function echoFields({ request }: AnswerContext): JsonObject {
  const own: Readonly<Record<string, Json>> = request.ext.format === FORMAT ? request.ext.fields : {};
  const prompt = request.system.filter(({ role }) => role === 'system').map(({ text }) => text);
  const choice = request.toolChoice === undefined ? 'auto' : encodeToolChoice(request.toolChoice, request, keep);
  return {
    instructions: prompt.length === 0 ? null : prompt.join('\n\n'),
    max_output_tokens: request.maxOutputTokens ?? null,
    max_tool_calls: own['max_tool_calls'] ?? null,
    parallel_tool_calls: request.parallelTools ?? true,
    previous_response_id: null,
    prompt_cache_key: request.cacheKey ?? null,
    reasoning: reasoningEcho(request),
    safety_identifier: null,
    service_tier: request.tier ?? 'default',
    store: false,
    ...samplingEcho(request),
    text: textConfig(request),
    tool_choice: own['tool_choice'] ?? choice,
    tools: encodeTools(request, keep, () => undefined),
    truncation: own['truncation'] ?? 'disabled',
    user: request.userId ?? null,
    metadata: own['metadata'] ?? {},
  };
}

interface Ending {
  readonly status: 'completed' | 'incomplete';
  readonly incomplete: JsonObject | null;
}

/** How a stop reason ends a response. A refusal without refusal text is a filter's work. */
export function endingOf(reason: StopReason, sawRefusal: boolean): Ending {
  if (reason === 'length' || reason === 'context')
    return { status: 'incomplete', incomplete: { reason: 'max_output_tokens' } };
  if (reason === 'filter' || (reason === 'refusal' && !sawRefusal)) {
    return { status: 'incomplete', incomplete: { reason: 'content_filter' } };
  }
  return { status: 'completed', incomplete: null };
}

interface TextItem {
  readonly id: string;
  readonly text: string;
  readonly refusal: boolean;
  readonly annotations: readonly Json[];
}

/** The content part of a finished text or refusal. */
export function contentPart({ text, refusal, annotations }: Omit<TextItem, 'id'>): JsonObject {
  if (refusal) return { type: 'refusal', refusal: text };
  return { type: 'output_text', annotations: [...annotations], logprobs: [], text };
}

export function messageItem(item: TextItem): JsonObject {
  return { id: item.id, type: 'message', status: 'completed', content: [contentPart(item)], role: 'assistant' };
}

/** Own proofs go out as plain native text, all others in the envelope. */
function encryptedContent(proof: Proof): string {
  return proof.format === FORMAT && proof.data !== '' ? proof.data : sealProof(proof);
}

export function reasoningItem(id: string, text: string, proof: Proof | undefined): JsonObject {
  const summary = text === '' ? [] : [{ type: 'summary_text', text }];
  return { id, type: 'reasoning', summary, ...(proof !== undefined && { encrypted_content: encryptedContent(proof) }) };
}

/**
 * The proof of a call or a text as a reasoning item of its own, because this API has no other place for one.
 * The id in the envelope leads it back to its part when the client replays it.
 */
export function carrierItem(id: string, proof: Proof, callId: string | undefined): JsonObject {
  return reasoningItem(id, '', { ...proof, id: callId ?? TEXT_PROOF });
}

interface CallItem {
  readonly id: string;
  readonly callId: string;
  readonly address: ToolAddress;
  readonly text: string;
  readonly custom: boolean;
}

export function callItem(
  { id, callId, address, text, custom }: CallItem,
  status: 'in_progress' | 'completed',
): JsonObject {
  const done = status === 'completed';
  if (custom) return { id, type: 'custom_tool_call', status, call_id: callId, ...address, input: text };
  // An empty argument text stands for an empty object; while the call is open, nothing is known yet.
  return {
    id,
    type: 'function_call',
    status,
    arguments: done && text === '' ? '{}' : text,
    call_id: callId,
    ...address,
  };
}

/** An image the model made. Other media have no item type in this API. */
export function imageItem(id: string, mime: string, data: string): JsonObject | undefined {
  if (!mime.startsWith('image/')) return undefined;
  return { id, type: 'image_generation_call', status: 'completed', output_format: mime.slice(6), result: data };
}

export function annotationsOf(citations: readonly Citation[], textChars: number): Json[] {
  return citations.flatMap((citation) => {
    const annotation = encodeAnnotation(citation, textChars);
    return annotation === undefined ? [] : [annotation];
  });
}
