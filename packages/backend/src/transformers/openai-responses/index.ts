import type { Format } from '../../types/format.ts';
import { defineFormat } from '../define.ts';
import { encodeModels } from '../openai-models.ts';
import { decodeRequest } from './decode-request.ts';
import { streamDecoder } from './decode-stream.ts';
import { encodeRequest } from './encode-request.ts';
import { streamEncoder } from './encode-stream.ts';
import { decodeError, encodeError, encodeStreamError } from './errors.ts';
import { decodeReply, encodeReply } from './reply.ts';
import { tap } from './tap.ts';
import { FORMAT } from './wire.ts';

/** OpenAI's Responses API. Source: https://platform.openai.com/docs/api-reference/responses and the openai SDK 7.57. */
export const openaiResponses: Format = defineFormat({
  id: FORMAT,
  display: 'OpenAI Responses',
  endpoints: [
    { method: 'POST', path: '/v1/responses', operation: 'generate', streams: 'body' },
    { method: 'POST', path: '/v1/responses/input_tokens', operation: 'count-tokens', streams: 'never' },
  ],
  decodeRequest,
  encodeRequest,
  decodeReply,
  encodeReply,
  streamDecoder,
  streamEncoder,
  encodeError,
  encodeStreamError,
  decodeError,
  upstreamPath: (operation) => (operation === 'count-tokens' ? '/responses/input_tokens' : '/responses'),
  requestIdHeader: 'x-request-id',
  upstreamHeaders: {},
  forwardHeaders: ['openai-beta', 'x-client-request-id'],
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
  encodeTokenCount: (inputTokens) => ({ object: 'response.input_tokens', input_tokens: inputTokens }),
  tap,
});
