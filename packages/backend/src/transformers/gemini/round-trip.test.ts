import { expect, test } from 'bun:test';
import type { TargetProfile } from '../../types/ir/target.ts';
import type { JsonObject } from '../../types/json.ts';
import { decodeRequest } from './decode-request.ts';
import { encodeRequest } from './encode-request.ts';

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

const same: { name: string; target?: TargetProfile; body: JsonObject }[] = [
  {
    name: 'a conversation with tools, thoughts, signatures and media',
    target: three,
    body: {
      contents: [
        { role: 'user', parts: [{ text: 'hi' }, { inlineData: { mimeType: 'image/png', data: 'AAAA' } }] },
        {
          role: 'model',
          parts: [
            { text: 'hm', thought: true },
            { functionCall: { name: 'f', args: { a: 1 } }, thoughtSignature: 'c2ln' },
            { functionCall: { id: 'x', name: 'g', args: {} } },
          ],
        },
        {
          role: 'user',
          parts: [
            { functionResponse: { name: 'f', response: { output: 'one' } } },
            {
              functionResponse: {
                id: 'x',
                name: 'g',
                response: { error: 'no' },
                parts: [{ inlineData: { mimeType: 'image/png', data: 'AAAA' } }],
              },
            },
          ],
        },
        { role: 'model', parts: [{ text: 'done' }, { text: '', thoughtSignature: 'c2ln' }] },
        { role: 'user', parts: [{ text: 'more' }] },
      ],
      systemInstruction: { parts: [{ text: 'be brief' }, { text: 'and kind' }] },
      tools: [
        {
          functionDeclarations: [
            {
              name: 'f',
              description: 'd',
              parametersJsonSchema: { type: 'object', properties: { a: { type: 'integer' } } },
            },
            { name: 'g' },
          ],
        },
      ],
      toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['f', 'g'] } },
      generationConfig: {
        temperature: 0.5,
        topP: 0.9,
        topK: 4,
        seed: 7,
        maxOutputTokens: 100,
        stopSequences: ['END'],
        thinkingConfig: { includeThoughts: true, thinkingLevel: 'LOW' },
      },
      serviceTier: 'flex',
    },
  },
  {
    name: 'tools of Google, code parts, structured output and fields of its own',
    body: {
      contents: [
        {
          role: 'user',
          parts: [
            { text: 'hi' },
            { fileData: { mimeType: 'video/mp4', fileUri: 'https://youtu.be/x' }, videoMetadata: { fps: 2 } },
          ],
        },
        {
          role: 'model',
          parts: [
            { executableCode: { language: 'PYTHON', code: '1' } },
            { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '1' } },
          ],
        },
        { role: 'user', parts: [{ text: 'draw' }] },
        { role: 'model', parts: [{ inlineData: { mimeType: 'image/png', data: 'AAAA' }, thoughtSignature: 'c2ln' }] },
        { role: 'user', parts: [{ text: 'more' }] },
      ],
      tools: [{ googleSearch: {} }, { codeExecution: {} }],
      generationConfig: {
        responseMimeType: 'application/json',
        responseJsonSchema: { type: 'object', $defs: { a: { const: 1 } } },
        thinkingConfig: { thinkingBudget: -1 },
        responseModalities: ['TEXT'],
        imageConfig: { aspectRatio: '1:1' },
      },
      safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
      labels: { team: 'x' },
    },
  },
  {
    name: 'an enum answer, and results that are not plain texts',
    body: {
      contents: [
        { role: 'user', parts: [{ text: 'hi' }] },
        {
          role: 'model',
          parts: [
            { functionCall: { name: 'f', args: {} } },
            { functionCall: { name: 'f', args: {} } },
            { functionCall: { name: 'f', args: {} } },
          ],
        },
        {
          role: 'user',
          parts: [
            { functionResponse: { name: 'f', response: { output: '{"a":1}' } } },
            { functionResponse: { name: 'f', response: { output: [1, 2] } } },
            { functionResponse: { name: 'f', response: { output: '[1,2]' } } },
          ],
        },
      ],
      generationConfig: { responseMimeType: 'text/x.enum', responseSchema: { type: 'STRING', enum: ['a', 'b'] } },
    },
  },
];

test.each(same)('decoded and encoded again, the body is the same: $name', ({ target, body }) => {
  const losses: string[] = [];
  const request = decodeRequest(structuredClone(body), { pathModel: 'm' });
  const encoded = encodeRequest(request, target ?? flash, (rule) => losses.push(rule));
  expect(encoded.body).toEqual(body);
  expect(losses).toEqual([]);
  const again = encodeRequest(request, target ?? flash, () => undefined);
  expect(JSON.stringify(again.body)).toBe(JSON.stringify(encoded.body));
});
