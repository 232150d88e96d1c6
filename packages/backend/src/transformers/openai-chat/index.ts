import { defineFormat } from '../define.ts';
import { encodeModels } from '../openai-models.ts';
import { decodeRequest } from './decode-request.ts';
import { decodeReply, streamDecoder } from './decode-stream.ts';
import { encodeRequest } from './encode-request.ts';
import { streamEncoder } from './encode-stream.ts';
import { decodeError, encodeError, encodeStreamError } from './errors.ts';
import { encodeReply } from './reply.ts';
import { tap } from './tap.ts';

/** OpenAI Chat Completions, and the many servers that speak it. */
export const openaiChat = defineFormat({
  id: 'openai-chat',
  display: 'OpenAI Chat Completions',
  endpoints: [{ method: 'POST', path: '/v1/chat/completions', operation: 'generate', streams: 'body' }],
  decodeRequest,
  encodeRequest,
  decodeReply,
  encodeReply,
  streamDecoder,
  streamEncoder,
  encodeError,
  encodeStreamError,
  decodeError,
  upstreamPath: () => '/chat/completions',
  requestIdHeader: 'x-request-id',
  upstreamHeaders: {},
  forwardHeaders: ['openai-beta'],
  returnHeaders: [
    'openai-processing-ms',
    'openai-version',
    'x-ratelimit-limit-requests',
    'x-ratelimit-limit-tokens',
    'x-ratelimit-remaining-requests',
    'x-ratelimit-remaining-tokens',
    'x-ratelimit-reset-requests',
    'x-ratelimit-reset-tokens',
  ],
  encodeModels,
  tap,
});
