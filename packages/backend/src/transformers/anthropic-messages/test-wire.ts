import type { Json, JsonObject } from '../../types/json.ts';

/** Deltas that a block of each type may hold. */
const FITS: Readonly<Record<string, readonly string[]>> = {
  text: ['text_delta', 'citations_delta'],
  thinking: ['thinking_delta', 'signature_delta'],
  tool_use: ['input_json_delta'],
  server_tool_use: ['input_json_delta'],
};

interface Linter {
  index: number;
  /** Type of the open block, "" when none is open. */
  kind: string;
  readonly faults: string[];
}

const typeIn = (event: JsonObject, key: string): string => String((event[key] as JsonObject | undefined)?.['type']);

function fault(linter: Linter, isWrong: boolean, text: string): void {
  if (isWrong) linter.faults.push(text);
}

const RULES: Readonly<Record<string, (linter: Linter, event: JsonObject) => void>> = {
  content_block_start: (linter, event) => {
    fault(linter, linter.kind !== '', 'start in an open block');
    linter.index += 1;
    fault(linter, event['index'] !== linter.index, `start with index ${event['index']}`);
    linter.kind = typeIn(event, 'content_block');
  },
  content_block_delta: (linter, event) => {
    fault(linter, event['index'] !== linter.index || linter.kind === '', 'delta outside its block');
    const delta = typeIn(event, 'delta');
    fault(linter, FITS[linter.kind]?.includes(delta) !== true, `${delta} in ${linter.kind}`);
  },
  content_block_stop: (linter, event) => {
    fault(linter, event['index'] !== linter.index || linter.kind === '', 'stop outside its block');
    linter.kind = '';
  },
  message_delta: (linter) => fault(linter, linter.kind !== '', 'end in an open block'),
};

/** Faults against the grammar of the wire: blocks one after another, indexes dense, deltas of the right kind. */
export function lint(wire: readonly JsonObject[]): string[] {
  const linter: Linter = { index: -1, kind: '', faults: [] };
  for (const [place, event] of wire.entries()) {
    const type = String(event['type']);
    fault(linter, (type === 'message_start') !== (place === 0), `${type} at place ${place}`);
    RULES[type]?.(linter, event);
  }
  fault(linter, wire.at(-1)?.['type'] !== 'message_stop', 'no message_stop');
  return linter.faults;
}

interface Assembly {
  message: JsonObject;
  readonly content: JsonObject[];
  readonly inputs: Map<number, string>;
}

function addDelta({ content, inputs }: Assembly, index: number, { type, ...change }: JsonObject): void {
  const [[key, value] = ['', null]] = Object.entries(change);
  const block = content[index] ?? {};
  const earlier = block[key];
  if (type === 'input_json_delta') inputs.set(index, (inputs.get(index) ?? '') + value);
  else if (type === 'citations_delta') {
    block['citations'] = [...((block['citations'] as Json[] | undefined) ?? []), value ?? null];
  } else block[key] = String(earlier ?? '') + value;
}

const PARTS: Readonly<Record<string, (assembly: Assembly, event: JsonObject) => void>> = {
  message_start: (assembly, event) => {
    assembly.message = { ...(event['message'] as JsonObject) };
  },
  content_block_start: ({ content }, event) => {
    content[Number(event['index'])] = { ...(event['content_block'] as JsonObject) };
  },
  content_block_delta: (assembly, event) => addDelta(assembly, Number(event['index']), event['delta'] as JsonObject),
  message_delta: (assembly, event) => {
    assembly.message = { ...assembly.message, ...(event['delta'] as JsonObject), usage: event['usage'] };
  },
};

/** The message that a client's accumulator would hold. */
export function assemble(wire: readonly JsonObject[]): JsonObject {
  const assembly: Assembly = { message: {}, content: [], inputs: new Map() };
  for (const event of wire) PARTS[String(event['type'])]?.(assembly, event);
  for (const [index, text] of assembly.inputs) {
    const block = assembly.content[index];
    if (block !== undefined) block['input'] = JSON.parse(text);
  }
  return { ...assembly.message, content: assembly.content };
}
