import { expect, test } from 'bun:test';
import type { Loss } from '../../types/format.ts';
import type { Part, Turn, UnifiedChatRequest } from '../../types/ir/request.ts';
import type { TargetProfile } from '../../types/ir/target.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import { encodeRequest } from './encode-request.ts';
import { SIGNATURE_STAND_IN } from './wire.ts';

const flash: TargetProfile = {
  format: 'gemini',
  providerId: 'google',
  model: 'gemini-2.5-flash',
  family: 'gemini-2.5-flash',
  thinking: 'budget',
  sampling: true,
  lateSystem: false,
  quirks: {},
};
const three: TargetProfile = { ...flash, model: 'gemini-3-flash', family: 'gemini-3-flash', thinking: 'level' };

const plain: UnifiedChatRequest = {
  model: 'm',
  system: [],
  turns: [{ role: 'user', parts: [{ type: 'text', text: 'hi' }] }],
  tools: [],
  sampling: {},
  stream: false,
  wantUsage: true,
  ext: { format: 'openai-responses', fields: {} },
};
const user = (text: string): Turn => ({ role: 'user', parts: [{ type: 'text', text }] });
const assistant = (...parts: Part[]): Turn => ({ role: 'assistant', parts });
const call = (id: string, name = 'f', argsText = '{}'): Part => ({ type: 'call', id, name, argsText });
const result = (id: string, text: string, isError = false): Part => ({
  type: 'result',
  id,
  parts: [{ type: 'text', text }],
  isError,
});

function encode(
  change: Partial<UnifiedChatRequest>,
  target = flash,
): { body: JsonObject; rules: string[]; losses: Loss[]; toolNames: ReadonlyMap<string, string> | undefined } {
  const losses: Loss[] = [];
  const { body, toolNames } = encodeRequest({ ...plain, ...change }, target, (rule, field, reason) => {
    losses.push({ rule, field, reason });
  });
  return { body, losses, rules: losses.map(({ rule }) => rule), toolNames };
}

const contents: { name: string; target?: TargetProfile; turns: Turn[]; want: Json; rules?: string[] }[] = [
  {
    name: 'two user turns in a row become one content',
    turns: [user('a'), user('b')],
    want: [{ role: 'user', parts: [{ text: 'a' }, { text: 'b' }] }],
  },
  {
    name: 'no turn at all becomes the smallest user turn',
    turns: [],
    want: [{ role: 'user', parts: [{ text: '.' }] }],
  },
  {
    name: 'empty assistant texts leave nothing behind',
    turns: [user('a'), assistant({ type: 'text', text: '' }), user('b')],
    want: [{ role: 'user', parts: [{ text: 'a' }, { text: 'b' }] }],
  },
  {
    name: 'a late system message is a marked user text at its place',
    turns: [
      user('a'),
      assistant({ type: 'text', text: 'b' }),
      { role: 'system', parts: [{ type: 'text', text: 'now brief' }] },
    ],
    want: [
      { role: 'user', parts: [{ text: 'a' }] },
      { role: 'model', parts: [{ text: 'b' }] },
      { role: 'user', parts: [{ text: '<system>\nnow brief\n</system>' }] },
    ],
    rules: ['gemini.late-system'],
  },
  {
    name: 'results stand right behind their calls, in the order of the calls, also when they come late and mixed',
    turns: [
      user('q'),
      assistant(call('a'), call('b', 'g')),
      user('wait'),
      { role: 'user', parts: [result('b', 'two'), result('a', 'one')] },
    ],
    want: [
      { role: 'user', parts: [{ text: 'q' }] },
      {
        role: 'model',
        parts: [{ functionCall: { id: 'a', name: 'f', args: {} } }, { functionCall: { id: 'b', name: 'g', args: {} } }],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'a', name: 'f', response: { output: 'one' } } },
          { functionResponse: { id: 'b', name: 'g', response: { output: 'two' } } },
          { text: 'wait' },
        ],
      },
    ],
  },
  {
    name: 'calls of neighbouring assistant turns come before the results of either',
    turns: [
      user('q'),
      assistant(call('a')),
      assistant(call('b')),
      { role: 'user', parts: [result('a', '1')] },
      { role: 'user', parts: [result('b', '2')] },
    ],
    want: [
      { role: 'user', parts: [{ text: 'q' }] },
      {
        role: 'model',
        parts: [{ functionCall: { id: 'a', name: 'f', args: {} } }, { functionCall: { id: 'b', name: 'f', args: {} } }],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'a', name: 'f', response: { output: '1' } } },
          { functionResponse: { id: 'b', name: 'f', response: { output: '2' } } },
        ],
      },
    ],
  },
  {
    name: 'a missing result becomes an error result',
    turns: [user('q'), assistant(call('a')), user('go on')],
    want: [
      { role: 'user', parts: [{ text: 'q' }] },
      { role: 'model', parts: [{ functionCall: { id: 'a', name: 'f', args: {} } }] },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'a', name: 'f', response: { error: 'no result was recorded for this call' } } },
          { text: 'go on' },
        ],
      },
    ],
    rules: ['gemini.result-missing'],
  },
  {
    name: 'ids that are used again in a later turn answer their own turn',
    turns: [
      user('q'),
      assistant(call('x')),
      { role: 'user', parts: [result('x', '1')] },
      assistant(call('x')),
      { role: 'user', parts: [result('x', '2')] },
    ],
    want: [
      { role: 'user', parts: [{ text: 'q' }] },
      { role: 'model', parts: [{ functionCall: { id: 'x', name: 'f', args: {} } }] },
      { role: 'user', parts: [{ functionResponse: { id: 'x', name: 'f', response: { output: '1' } } }] },
      { role: 'model', parts: [{ functionCall: { id: 'x', name: 'f', args: {} } }] },
      { role: 'user', parts: [{ functionResponse: { id: 'x', name: 'f', response: { output: '2' } } }] },
    ],
  },
  {
    name: 'an empty result is an empty output, an error with JSON stays an object',
    turns: [
      user('q'),
      assistant(call('a'), call('b')),
      {
        role: 'user',
        parts: [{ type: 'result', id: 'a', parts: [], isError: false }, result('b', '{"code":5}', true)],
      },
    ],
    want: [
      { role: 'user', parts: [{ text: 'q' }] },
      {
        role: 'model',
        parts: [{ functionCall: { id: 'a', name: 'f', args: {} } }, { functionCall: { id: 'b', name: 'f', args: {} } }],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'a', name: 'f', response: { output: '' } } },
          { functionResponse: { id: 'b', name: 'f', response: { error: { code: 5 } } } },
        ],
      },
    ],
  },
  {
    name: 'an image of a result follows it, where the model takes none inside',
    turns: [
      user('q'),
      assistant(call('a')),
      {
        role: 'user',
        parts: [
          {
            type: 'result',
            id: 'a',
            isError: false,
            parts: [{ type: 'media', kind: 'image', mime: 'image/png', source: { type: 'data', data: 'AAAA' } }],
          },
        ],
      },
    ],
    want: [
      { role: 'user', parts: [{ text: 'q' }] },
      { role: 'model', parts: [{ functionCall: { id: 'a', name: 'f', args: {} } }] },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'a', name: 'f', response: { output: '' } } },
          { inlineData: { mimeType: 'image/png', data: 'AAAA' } },
        ],
      },
    ],
  },
  {
    name: 'half-written arguments and free text of custom tools become an object',
    turns: [
      user('q'),
      assistant(call('a', 'f', '{"x":'), { type: 'call', id: 'b', name: 'g', argsText: 'ls -l', custom: true }),
      { role: 'user', parts: [result('a', ''), result('b', '')] },
    ],
    want: [
      { role: 'user', parts: [{ text: 'q' }] },
      {
        role: 'model',
        parts: [
          { functionCall: { id: 'a', name: 'f', args: { input: '{"x":' } } },
          { functionCall: { id: 'b', name: 'g', args: { input: 'ls -l' } } },
        ],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'a', name: 'f', response: { output: '' } } },
          { functionResponse: { id: 'b', name: 'g', response: { output: '' } } },
        ],
      },
    ],
    rules: ['gemini.args-not-object'],
  },
  {
    name: 'the stand-in goes on the first call of each step of the current turn only, and an older turn gets none',
    target: three,
    turns: [
      user('old'),
      assistant(call('o')),
      { role: 'user', parts: [result('o', '')] },
      assistant({ type: 'text', text: 'ok' }),
      user('new'),
      assistant(call('a'), call('b')),
      { role: 'user', parts: [result('a', ''), result('b', '')] },
      assistant(call('c')),
      { role: 'user', parts: [result('c', '')] },
    ],
    want: [
      { role: 'user', parts: [{ text: 'old' }] },
      { role: 'model', parts: [{ functionCall: { id: 'o', name: 'f', args: {} } }] },
      { role: 'user', parts: [{ functionResponse: { id: 'o', name: 'f', response: { output: '' } } }] },
      { role: 'model', parts: [{ text: 'ok' }] },
      { role: 'user', parts: [{ text: 'new' }] },
      {
        role: 'model',
        parts: [
          { functionCall: { id: 'a', name: 'f', args: {} }, thoughtSignature: SIGNATURE_STAND_IN },
          { functionCall: { id: 'b', name: 'f', args: {} } },
        ],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'a', name: 'f', response: { output: '' } } },
          { functionResponse: { id: 'b', name: 'f', response: { output: '' } } },
        ],
      },
      {
        role: 'model',
        parts: [{ functionCall: { id: 'c', name: 'f', args: {} }, thoughtSignature: SIGNATURE_STAND_IN }],
      },
      { role: 'user', parts: [{ functionResponse: { id: 'c', name: 'f', response: { output: '' } } }] },
    ],
  },
  {
    name: 'a proof from an envelope goes on the part behind its thought, a foreign thought is dropped whole',
    target: three,
    turns: [
      user('q'),
      assistant(
        { type: 'reasoning', text: 'mine', proof: { format: 'anthropic-messages', data: 'sig' } },
        { type: 'reasoning', text: 'hm', proof: { format: 'gemini', family: 'gemini-3-flash', data: 'c2ln' } },
        call('a'),
      ),
      { role: 'user', parts: [result('a', '')] },
      assistant(
        { type: 'text', text: 'ok' },
        { type: 'reasoning', text: '', proof: { format: 'gemini', family: 'gemini-3-flash', data: 'ZW5k' } },
      ),
    ],
    want: [
      { role: 'user', parts: [{ text: 'q' }] },
      {
        role: 'model',
        parts: [
          { text: 'hm', thought: true },
          { functionCall: { id: 'a', name: 'f', args: {} }, thoughtSignature: 'c2ln' },
        ],
      },
      { role: 'user', parts: [{ functionResponse: { id: 'a', name: 'f', response: { output: '' } } }] },
      { role: 'model', parts: [{ text: 'ok' }, { text: '', thoughtSignature: 'ZW5k' }] },
    ],
    rules: ['gemini.reasoning-foreign'],
  },
  {
    name: 'a proof of another model family, and thinking without a proof, are dropped',
    turns: [
      user('q'),
      assistant(
        { type: 'reasoning', text: 'hm' },
        { type: 'text', text: 'a', proof: { format: 'gemini', family: 'gemini-3-pro', data: 'c2ln' } },
      ),
    ],
    want: [
      { role: 'user', parts: [{ text: 'q' }] },
      { role: 'model', parts: [{ text: 'a' }] },
    ],
    rules: ['gemini.reasoning-unsigned', 'gemini.proof-foreign'],
  },
  {
    name: 'a thought whose signature stands on the call behind it needs no text, so nothing is lost',
    turns: [
      user('q'),
      assistant(
        { type: 'reasoning', text: 'hm', proof: { format: 'openai-chat', data: '' } },
        {
          type: 'call',
          id: 'a',
          name: 'f',
          argsText: '{}',
          proof: { format: 'gemini', data: 'c2ln' },
        },
      ),
      { role: 'user', parts: [{ type: 'result', id: 'a', parts: [], isError: false }] },
    ],
    want: [
      { role: 'user', parts: [{ text: 'q' }] },
      {
        role: 'model',
        parts: [{ functionCall: { id: 'a', name: 'f', args: {} }, thoughtSignature: 'c2ln' }],
      },
      { role: 'user', parts: [{ functionResponse: { id: 'a', name: 'f', response: { output: '' } } }] },
    ],
    rules: [],
  },
  {
    name: 'media goes as bytes or address, its type guessed from the address; an opaque part of another API is dropped',
    turns: [
      {
        role: 'user',
        parts: [
          { type: 'media', kind: 'image', source: { type: 'url', url: 'https://x.example/a.png?x=1' } },
          {
            type: 'media',
            kind: 'document',
            source: { type: 'url', url: 'data:application/pdf;base64,AAAA' },
            name: 'a.pdf',
          },
          { type: 'media', kind: 'document', mime: 'text/plain', source: { type: 'text', text: 'abc' } },
          { type: 'opaque', format: 'openai-chat', raw: {} },
        ],
      },
    ],
    want: [
      {
        role: 'user',
        parts: [
          { fileData: { mimeType: 'image/png', fileUri: 'https://x.example/a.png?x=1' } },
          { inlineData: { mimeType: 'application/pdf', data: 'AAAA' } },
          { inlineData: { mimeType: 'text/plain', data: 'YWJj' } },
        ],
      },
    ],
    rules: ['gemini.file-name', 'gemini.part-opaque'],
  },
];

test.each(contents)('$name', ({ target, turns, want, rules }) => {
  const encoded = encode({ turns }, target);
  expect<Json | undefined>(encoded.body['contents']).toEqual(want);
  expect(encoded.rules).toEqual(rules ?? []);
});
