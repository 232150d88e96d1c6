import { describe, expect, test } from 'bun:test';
import { FORMATS } from '../transformers/index.ts';
import { createRouteTable } from './route-table.ts';

const table = createRouteTable(FORMATS);

/** Where a request goes, in few words. */
function shown(method: string, path: string): string {
  const found = table.match(method, path);
  if (found === undefined) return 'nowhere';
  if ('allowed' in found) return `only ${found.allowed.join(', ')}`;
  const { door } = found.route;
  const place = door.kind === 'inference' ? `${door.format.id} ${door.endpoint.operation}` : door.kind;
  return found.model === undefined ? place : `${place} of ${found.model}`;
}

describe('a request goes', () => {
  test.each([
    ['POST', '/v1/chat/completions', 'openai-chat generate'],
    ['POST', '/v1/responses', 'openai-responses generate'],
    ['POST', '/v1/messages', 'anthropic-messages generate'],
    ['POST', '/v1/messages/count_tokens', 'anthropic-messages count-tokens'],
    ['POST', '/v1beta/models/g-2:generateContent', 'gemini generate of g-2'],
    ['POST', '/v1beta/models/g-2:streamGenerateContent', 'gemini generate of g-2'],
    ['POST', '/v1beta/models/g-2:countTokens', 'gemini count-tokens of g-2'],
    ['POST', '/v1beta/models/direct/up/a:b/c:generateContent', 'gemini generate of direct/up/a:b/c'],
    ['POST', '/v1beta/models/a%2Fb%3Ac:generateContent', 'gemini generate of a/b:c'],
    ['POST', '/v1beta/models/50%:generateContent', 'gemini generate of 50%'],
    ['GET', '/v1/models', 'models'],
    ['GET', '/v1/models/a/b', 'models of a/b'],
    ['GET', '/v1beta/models', 'models'],
    ['GET', '/v1beta/models/g-2', 'models of g-2'],
    ['GET', '/health', 'status'],
    ['GET', '/v1/messages', 'only POST'],
    ['GET', '/v1beta/models/g-2:generateContent', 'only POST'],
    ['POST', '/v1/models', 'only GET'],
    ['DELETE', '/v1/models/a', 'only GET'],
    ['POST', '/health', 'only GET'],
    ['POST', '/v1beta/models/:generateContent', 'only GET'],
    ['POST', '/v1/messages/', 'nowhere'],
    ['POST', '/V1/messages', 'nowhere'],
    ['GET', '/', 'nowhere'],
    ['GET', '/__proto__', 'nowhere'],
  ])('%s %s: %s', (method, path, wanted) => {
    expect(shown(method, path)).toBe(wanted);
  });
});

test('every route says who may call it, and only the status pages are public', () => {
  for (const { auth, door } of table.routes) expect(auth).toBe(door.kind === 'status' ? 'public' : 'client');
});
