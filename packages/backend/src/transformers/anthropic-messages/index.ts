import { defineFormat } from '../define.ts';
import { decodeRequest } from './decode-request.ts';
import { decodeReply, streamDecoder } from './decode-stream.ts';
import { encodeReply } from './encode-reply.ts';
import { encodeRequest } from './encode-request.ts';
import { streamEncoder } from './encode-stream.ts';
import { decodeError, encodeError, encodeStreamError } from './errors.ts';
import { encodeModels } from './models.ts';
import { tap } from './tap.ts';
import { API_VERSION, FORMAT } from './wire.ts';

/** The Anthropic Messages API. */
export const anthropicMessages = defineFormat({
  id: FORMAT,
  display: 'Anthropic Messages',
  endpoints: [
    { method: 'POST', path: '/v1/messages', operation: 'generate', streams: 'body' },
    { method: 'POST', path: '/v1/messages/count_tokens', operation: 'count-tokens', streams: 'never' },
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
  upstreamPath: (operation) => (operation === 'count-tokens' ? '/v1/messages/count_tokens' : '/v1/messages'),
  upstreamHeaders: { 'anthropic-version': API_VERSION },
  forwardHeaders: ['anthropic-version', 'anthropic-beta', 'x-claude-code-session-id'],
  returnHeaders: ['anthropic-ratelimit-*'],
  requestIdHeader: 'request-id',
  encodeModels,
  encodeTokenCount: (inputTokens) => ({ input_tokens: inputTokens }),
  tap,
});
