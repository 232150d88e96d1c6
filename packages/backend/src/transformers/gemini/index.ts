import type { Endpoint, Operation } from '../../types/format.ts';
import { defineFormat } from '../define.ts';
import { decodeRequest } from './decode-request.ts';
import { streamDecoder } from './decode-stream.ts';
import { encodeRequest } from './encode-request.ts';
import { streamEncoder } from './encode-stream.ts';
import { decodeError, encodeError, encodeStreamError } from './errors.ts';
import { encodeModels } from './models.ts';
import { decodeReply, encodeReply } from './reply.ts';
import { decodeUsage } from './usage.ts';
import { KEEP_ALIVE } from './wire.ts';

const VERBS: readonly { verb: string; operation: Operation; streams: Endpoint['streams'] }[] = [
  { verb: 'generateContent', operation: 'generate', streams: 'never' },
  { verb: 'streamGenerateContent', operation: 'generate', streams: 'always' },
  { verb: 'countTokens', operation: 'count-tokens', streams: 'never' },
];

const endpoints = ['/v1beta', '/v1'].flatMap((version) =>
  ['models', 'tunedModels'].flatMap((collection) =>
    VERBS.map(({ verb, operation, streams }): Endpoint => {
      return { method: 'POST', path: `${version}/${collection}/{model}:${verb}`, operation, streams };
    }),
  ),
);

function upstreamPath(operation: Operation, model: string, stream: boolean): string {
  const [, collection = 'models', id = model] = /^(models|tunedModels)\/(.+)$/s.exec(model) ?? [];
  const path = `/v1beta/${collection}/${id.split('/').map(encodeURIComponent).join('/')}`;
  if (operation === 'count-tokens') return `${path}:countTokens`;
  return stream ? `${path}:streamGenerateContent?alt=sse` : `${path}:generateContent`;
}

/** Google's `generateContent` API. Source: https://ai.google.dev/api/generate-content (read 2026-11-10). */
export const gemini = defineFormat({
  id: 'gemini',
  display: 'Google Gemini',
  endpoints,
  decodeRequest,
  encodeRequest,
  decodeReply,
  encodeReply,
  streamDecoder,
  streamEncoder,
  encodeError,
  encodeStreamError,
  decodeError,
  upstreamPath,
  keepAlive: KEEP_ALIVE,
  requestIdHeader: 'x-request-id',
  upstreamHeaders: {},
  forwardHeaders: ['x-goog-api-client'],
  returnHeaders: ['x-gemini-service-tier', 'server-timing'],
  encodeModels,
  encodeTokenCount: (inputTokens) => ({ totalTokens: inputTokens }),
  tap: {
    marks: ['"usageMetadata"', '"finishReason"', '"promptFeedback"', '"error"'],
    endMarks: ['"finishReason":"', '"finishReason": "'],
    usageKey: 'usageMetadata',
    decodeUsage,
    modelIn: 'path',
  },
});
