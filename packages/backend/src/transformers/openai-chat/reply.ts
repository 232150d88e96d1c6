import type { AnswerContext } from '../../types/format.ts';
import type { Reply, ReplyBlock } from '../../types/ir/reply.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { isObject } from '../../utils/fields.ts';
import {
  annotationsOf,
  answerId,
  callId,
  createdSeconds,
  finishWord,
  imageOf,
  mergePieces,
  signatureText,
} from './answer.ts';
import { detailsOf } from './reasoning-details.ts';
import { encodeUsage } from './usage.ts';
import { extraContent } from './wire.ts';

/** The message while its blocks are gathered: Chat knows one text, one thought and a list of calls. */
interface Gathered {
  readonly context: AnswerContext;
  content: string;
  refusal: string;
  reasoning: string;
  readonly details: JsonObject[];
  readonly annotations: JsonObject[];
  readonly images: Json[];
  readonly calls: JsonObject[];
  audio: JsonObject | undefined;
  logprobs: JsonObject | undefined;
  extra: JsonObject | undefined;
}

/** A whole answer as a `chat.completion`. */
export function encodeReply(reply: Reply, context: AnswerContext): JsonObject {
  const gathered: Gathered = {
    context,
    content: '',
    refusal: '',
    reasoning: '',
    details: [],
    annotations: [],
    images: [],
    calls: [],
    audio: undefined,
    logprobs: undefined,
    extra: undefined,
  };
  for (const block of reply.blocks) gather(gathered, block);
  const legacy = context.request.legacyCalls === true;
  const usage = encodeUsage(reply.usage);
  return {
    id: answerId(context),
    object: 'chat.completion',
    created: createdSeconds(context),
    model: context.model,
    choices: [
      {
        index: 0,
        message: messageOf(gathered, legacy),
        logprobs: gathered.logprobs ?? null,
        finish_reason: finishWord(reply.reason, gathered.refusal !== '', legacy),
      },
    ],
    ...(usage !== undefined && { usage }),
  };
}

type Gather = { [K in ReplyBlock['kind']]: (gathered: Gathered, block: Extract<ReplyBlock, { kind: K }>) => void };

const GATHER: Gather = {
  text: (gathered, { text, citations, proof }) => {
    gathered.annotations.push(...annotationsOf(citations, gathered.content.length, text.length));
    gathered.content += text;
    const signature = signatureText(proof);
    if (signature !== undefined) gathered.extra = extraContent(signature);
  },
  refusal: (gathered, { text }) => {
    gathered.refusal += text;
  },
  reasoning: (gathered, { text, redacted, proof }) => {
    gathered.reasoning += text;
    gathered.details.push(...detailsOf(text, redacted, proof, gathered.details.length));
  },
  call: (gathered, { id, name, argsText, custom, proof }) => {
    const signature = signatureText(proof);
    gathered.calls.push({
      id: callId(id, gathered.context, gathered.calls.length),
      ...(custom
        ? { type: 'custom', custom: { name, input: argsText } }
        : { type: 'function', function: { name, arguments: argsText === '' ? '{}' : argsText } }),
      ...(signature !== undefined && { extra_content: extraContent(signature) }),
    });
  },
  media: (gathered, { mime, data }) => {
    if (mime.startsWith('audio/')) gathered.audio = mergePieces(gathered.audio, { data, transcript: '' });
    else gathered.images.push(imageOf(mime, data));
  },
  opaque: (gathered, { format, value }) => {
    if (format !== 'openai-chat' || !isObject(value)) return;
    gathered.audio = mergePieces(gathered.audio, value['audio']);
    gathered.logprobs = mergePieces(gathered.logprobs, value['logprobs']);
    if (Array.isArray(value['images'])) gathered.images.push(...value['images']);
  },
};

function gather(gathered: Gathered, block: ReplyBlock): void {
  // TypeScript cannot see that key and block agree.
  (GATHER[block.kind] as (gathered: Gathered, block: ReplyBlock) => void)(gathered, block);
}

function messageOf(gathered: Gathered, legacy: boolean): JsonObject {
  const { annotations, audio, calls, content, details, extra, images, reasoning, refusal } = gathered;
  const wordless = content === '' && (calls.length > 0 || refusal !== '' || audio !== undefined);
  return {
    role: 'assistant',
    content: wordless ? null : content,
    refusal: refusal === '' ? null : refusal,
    ...(reasoning !== '' && { reasoning_content: reasoning }),
    ...(details.length > 0 && { reasoning_details: details }),
    ...(annotations.length > 0 && { annotations }),
    ...(images.length > 0 && { images }),
    ...(audio !== undefined && { audio }),
    ...(extra !== undefined && { extra_content: extra }),
    ...callsOf(calls, legacy),
  };
}

/** A client that declared `functions` reads one `function_call`; its request allowed no more than one. */
function callsOf(calls: readonly JsonObject[], legacy: boolean): JsonObject {
  const [first] = calls;
  if (first === undefined) return {};
  return legacy && first['function'] !== undefined ? { function_call: first['function'] } : { tool_calls: [...calls] };
}
