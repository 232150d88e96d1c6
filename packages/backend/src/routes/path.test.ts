import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../types/errors.ts';
import { requestPath, withoutKey } from './path.ts';

test.each([
  ['http://localhost:4000/v1/models?a=1', { path: '/v1/models', query: '?a=1' }],
  ['http://localhost:4000', { path: '/', query: '' }],
  ['http://localhost/', { path: '/', query: '' }],
  ['http://localhost/a?b?c=/d', { path: '/a', query: '?b?c=/d' }],
  ['http://localhost//v1/messages', { path: '//v1/messages', query: '' }],
])('the path of %s', (url, wanted) => {
  expect(requestPath(url, 'localhost')).toEqual(wanted);
});

test.each([['localhost:4000'], ['[::1]:4000'], ['a-b.example'], [''], [null]])('the Host %j is taken', (host) => {
  expect(requestPath('http://x/y', host).path).toBe('/y');
});

test.each([['x/admin'], ['x?y='], ['x#y'], ['user@x'], ['x y'], ['x\\y'], ['x%2fy']])(
  'the Host %j could move the path, and is refused',
  (host) => {
    expect(() => requestPath('http://x/y', host)).toThrow(GatewayError);
  },
);

describe('the key of a caller is taken out of the query', () => {
  test.each([
    ['', ''],
    ['?beta=true', '?beta=true'],
    ['?key=secret', ''],
    ['?key=secret&alt=sse', '?alt=sse'],
    ['?alt=sse&key=secret&key=again', '?alt=sse'],
    ['?monkey=banana', '?monkey=banana'],
  ])('%j gives %j', (query, wanted) => {
    expect(withoutKey(query)).toBe(wanted);
  });
});
