import { GatewayError } from '../../types/errors.ts';
import type { AnswerContext, StreamEncoder } from '../../types/format.ts';
import type { Proof } from '../../types/ir/request.ts';
import type { BlockStart, StreamEvent } from '../../types/ir/stream-event.ts';
import type { Usage } from '../../types/ir/usage.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isObject } from '../../utils/fields.ts';
import { SSE_KEEP_ALIVE } from '../../utils/sse.ts';
import { mergeUsage } from '../../utils/usage.ts';
import {
  callItem,
  carrierItem,
  contentPart,
  echoFields,
  endingOf,
  imageItem,
  messageItem,
  reasoningItem,
} from './answer.ts';
import { encodeAnnotation } from './encode-parts.ts';
import { errorFields, failureEvents } from './errors.ts';
import { idText, itemId, reasoningId } from './ids.ts';
import { type ToolAddress, toolAddresses } from './namespace.ts';
import { encodeUsage } from './usage.ts';
import { ANSWER_CHARS_MAX, CALL_CHARS_MAX, FORMAT } from './wire.ts';

/** A block that is being written: its item, its text so far, and the ready-made ends of its delta events. */
interface OpenItem {
  readonly kind: BlockStart['kind'];
  readonly id: string;
  readonly index: number;
  readonly callId: string;
  readonly address: ToolAddress;
  readonly custom: boolean;
  readonly annotations: Json[];
  text: string;
  deltaHead: string;
  deltaTail: string;
}

interface State {
  readonly context: AnswerContext;
  readonly base: string;
  /** Fields that are equal in every copy of the response, as JSON without its last brace. */
  readonly head: string;
  readonly echo: string;
  readonly addresses: ReadonlyMap<string, ToolAddress>;
  readonly open: Map<number, OpenItem>;
  /** Finished items as JSON, by output index; the last event repeats them all. */
  readonly output: (string | undefined)[];
  sequence: number;
  chars: number;
  usage: Usage;
  sawRefusal: boolean;
  ended: boolean;
}

/** One event. `fields` is JSON without braces; the name is one of this API's constants. */
function event(state: State, name: string, fields: string): string {
  return `event: ${name}\ndata: {"type":"${name}","sequence_number":${state.sequence++},${fields}}\n\n`;
}

function responseJson(state: State, status: string, error: JsonObject | null, incomplete: JsonObject | null): string {
  const done = status !== 'in_progress';
  // An item that never finished leaves no gap behind.
  const output = done ? state.output.filter((item) => item !== undefined).join(',') : '';
  const usage = done ? JSON.stringify(encodeUsage(state.usage)) : 'null';
  return (
    `${state.head},"status":"${status}","error":${JSON.stringify(error)},"incomplete_details":${JSON.stringify(incomplete)}` +
    `,"model":${JSON.stringify(state.context.model)},"output":[${output}],"usage":${usage},${state.echo}}`
  );
}

function added(state: State, index: number, item: JsonObject): string {
  return event(state, 'response.output_item.added', `"output_index":${index},"item":${JSON.stringify(item)}`);
}

function done(state: State, index: number, item: JsonObject): string {
  const json = JSON.stringify(item);
  state.output[index] = json;
  return event(state, 'response.output_item.done', `"output_index":${index},"item":${json}`);
}

const tooLarge = (): GatewayError =>
  new GatewayError('upstream_garbled', 'the answer of the provider is too large to translate');

/** An item that is whole at once: added and done in one go. */
function wholeItem(state: State, index: number, item: JsonObject): string {
  const text = added(state, index, item) + done(state, index, item);
  state.chars += state.output[index]?.length ?? 0;
  return state.chars > ANSWER_CHARS_MAX ? fail(state, tooLarge()) : text;
}

/** The next place in the output. The place is taken at once, because other blocks may open before this one ends. */
function takeIndex(state: State): number {
  return state.output.push(undefined) - 1;
}

const DELTA_NAMES = {
  text: 'response.output_text.delta',
  refusal: 'response.refusal.delta',
  reasoning: 'response.reasoning_summary_text.delta',
  call: 'response.function_call_arguments.delta',
  custom: 'response.custom_tool_call_input.delta',
};

function newItem(state: State, { kind, id, name, custom }: BlockStart, prefix: string): OpenItem {
  const index = takeIndex(state);
  const itemKey = kind === 'reasoning' ? reasoningId(id, state.base, index) : itemId(prefix, state.base, index);
  return {
    kind,
    id: itemKey,
    index,
    callId: id || itemId('call', state.base, index),
    address: state.addresses.get(name ?? '') ?? { name: name ?? '' },
    custom: custom === true,
    annotations: [],
    text: '',
    deltaHead: '',
    deltaTail: '',
  };
}

const place = (item: OpenItem): string => `"item_id":"${item.id}","output_index":${item.index}`;

/** Readies the constant text around each delta of the item. */
function prepareDelta(item: OpenItem, name: string, fields: string, tail: string): void {
  item.deltaHead = `event: ${name}\ndata: {"type":"${name}",${fields},"delta":`;
  item.deltaTail = `${tail},"sequence_number":`;
}

function openText(state: State, start: BlockStart): string {
  const item = newItem(state, start, 'msg');
  state.open.set(start.block, item);
  const refusal = start.kind === 'refusal';
  if (refusal) state.sawRefusal = true;
  const at = `${place(item)},"content_index":0`;
  prepareDelta(item, refusal ? DELTA_NAMES.refusal : DELTA_NAMES.text, at, refusal ? '' : ',"logprobs":[]');
  const part = JSON.stringify(contentPart({ text: '', refusal, annotations: [] }));
  return (
    added(state, item.index, { id: item.id, type: 'message', status: 'in_progress', content: [], role: 'assistant' }) +
    event(state, 'response.content_part.added', `${at},"part":${part}`)
  );
}

function openReasoning(state: State, start: BlockStart): string {
  const item = newItem(state, start, 'rs');
  state.open.set(start.block, item);
  prepareDelta(item, DELTA_NAMES.reasoning, `${place(item)},"summary_index":0`, '');
  return added(state, item.index, reasoningItem(item.id, '', undefined));
}

function openCall(state: State, start: BlockStart): string {
  const item = newItem(state, start, start.custom === true ? 'ctc' : 'fc');
  state.open.set(start.block, item);
  prepareDelta(item, item.custom ? DELTA_NAMES.custom : DELTA_NAMES.call, place(item), '');
  return added(state, item.index, callItem(item, 'in_progress'));
}

function openMedia(state: State, { media }: BlockStart): string {
  const index = state.output.length;
  const item = media === undefined ? undefined : imageItem(itemId('ig', state.base, index), media.mime, media.data);
  return item === undefined ? '' : wholeItem(state, takeIndex(state), item);
}

function openOpaque(state: State, { raw }: BlockStart): string {
  if (raw?.format !== FORMAT || !isObject(raw.value)) return '';
  const index = takeIndex(state);
  const { id } = raw.value;
  const named =
    typeof id === 'string' && id !== '' ? raw.value : { ...raw.value, id: itemId('item', state.base, index) };
  return wholeItem(state, index, named);
}

const OPENERS: Readonly<Record<BlockStart['kind'], (state: State, start: BlockStart) => string>> = {
  text: openText,
  refusal: openText,
  reasoning: openReasoning,
  call: openCall,
  media: openMedia,
  opaque: openOpaque,
};

function delta(state: State, block: number, text: string): string {
  const item = state.open.get(block);
  if (item === undefined || text === '') return '';
  let before = '';
  if (item.kind === 'reasoning' && item.text === '') {
    const part = '"part":{"type":"summary_text","text":""}';
    before = event(state, 'response.reasoning_summary_part.added', `${place(item)},"summary_index":0,${part}`);
  }
  item.text += text;
  state.chars += text.length;
  if (state.chars > ANSWER_CHARS_MAX || (item.kind === 'call' && item.text.length > CALL_CHARS_MAX)) {
    return fail(state, tooLarge());
  }
  return `${before}${item.deltaHead}${JSON.stringify(text)}${item.deltaTail}${state.sequence++}}\n\n`;
}

function cite(state: State, { block, citation }: Extract<StreamEvent, { type: 'citation' }>): string {
  const item = state.open.get(block);
  const annotation = item === undefined ? undefined : encodeAnnotation(citation, item.text.length);
  if (item === undefined || item.kind !== 'text' || annotation === undefined) return '';
  const at = `${place(item)},"content_index":0,"annotation_index":${item.annotations.push(annotation) - 1}`;
  return event(state, 'response.output_text.annotation.added', `${at},"annotation":${JSON.stringify(annotation)}`);
}

function closeText(state: State, item: OpenItem): string {
  const refusal = item.kind === 'refusal';
  const at = `${place(item)},"content_index":0`;
  const text = JSON.stringify(item.text);
  const end = refusal
    ? event(state, 'response.refusal.done', `${at},"refusal":${text}`)
    : event(state, 'response.output_text.done', `${at},"text":${text},"logprobs":[]`);
  const part = JSON.stringify(contentPart({ text: item.text, refusal, annotations: item.annotations }));
  return (
    end +
    event(state, 'response.content_part.done', `${at},"part":${part}`) +
    done(state, item.index, messageItem({ id: item.id, text: item.text, refusal, annotations: item.annotations }))
  );
}

function closeReasoning(state: State, item: OpenItem, proof: Proof | undefined): string {
  const at = `${place(item)},"summary_index":0`;
  const text = JSON.stringify(item.text);
  const summary =
    item.text === ''
      ? ''
      : event(state, 'response.reasoning_summary_text.done', `${at},"text":${text}`) +
        event(state, 'response.reasoning_summary_part.done', `${at},"part":{"type":"summary_text","text":${text}}`);
  return summary + done(state, item.index, reasoningItem(item.id, item.text, proof));
}

function closeCall(state: State, item: OpenItem): string {
  const whole = callItem(item, 'completed');
  const fields = item.custom
    ? `${place(item)},"input":${JSON.stringify(item.text)}`
    : `${place(item)},"arguments":${JSON.stringify(whole['arguments'])}`;
  const name = item.custom ? 'response.custom_tool_call_input.done' : 'response.function_call_arguments.done';
  return event(state, name, fields) + done(state, item.index, whole);
}

function close(state: State, block: number, proof: Proof | undefined): string {
  const item = state.open.get(block);
  if (item === undefined) return '';
  state.open.delete(block);
  if (item.kind === 'reasoning') return closeReasoning(state, item, proof);
  const end = item.kind === 'call' ? closeCall(state, item) : closeText(state, item);
  if (proof === undefined || item.kind === 'refusal') return end;
  const index = takeIndex(state);
  const carrier = carrierItem(itemId('rs', state.base, index), proof, item.kind === 'call' ? item.callId : undefined);
  return end + wholeItem(state, index, carrier);
}

function begin(state: State): string {
  const response = `"response":${responseJson(state, 'in_progress', null, null)}`;
  return event(state, 'response.created', response) + event(state, 'response.in_progress', response);
}

function end(state: State, { reason }: Extract<StreamEvent, { type: 'message-end' }>): string {
  state.ended = true;
  const { status, incomplete } = endingOf(reason, state.sawRefusal);
  return event(state, `response.${status}`, `"response":${responseJson(state, status, null, incomplete)}`);
}

function fail(state: State, error: GatewayError): string {
  state.ended = true;
  const { code, message } = errorFields(error);
  const response = responseJson(state, 'failed', { code, message }, null);
  return failureEvents(error, response, state.sequence);
}

function push(state: State, item: StreamEvent): string {
  if (state.ended) return '';
  switch (item.type) {
    case 'text-delta':
    case 'args-delta':
      return delta(state, item.block, item.text);
    case 'message-start':
      return begin(state);
    case 'block-start':
      return OPENERS[item.kind](state, item);
    case 'block-end':
      return close(state, item.block, item.proof);
    case 'citation':
      return cite(state, item);
    case 'usage-update':
      state.usage = mergeUsage(state.usage, item.usage);
      return '';
    case 'message-end':
      return end(state, item);
    case 'message-failure':
      return fail(state, item.error);
    case 'keep-alive':
      return SSE_KEEP_ALIVE;
    default:
      return item satisfies never;
  }
}

/**
 * Events to a Responses stream: numbered events, ids that never change, each block an item of its own, and the
 * whole response again at the end. The text of the answer is kept for that, up to a cap.
 */
export function streamEncoder(context: AnswerContext): StreamEncoder {
  const base = idText(context.requestId);
  const created = Math.floor(context.createdAtMs / 1000);
  const state: State = {
    context,
    base,
    head: `{"id":"resp_${base}","object":"response","created_at":${created}`,
    echo: JSON.stringify(echoFields(context)).slice(1, -1),
    addresses: toolAddresses(context.request),
    open: new Map(),
    output: [],
    sequence: 0,
    chars: 0,
    usage: {},
    sawRefusal: false,
    ended: false,
  };
  return { push: (item) => push(state, item) };
}
