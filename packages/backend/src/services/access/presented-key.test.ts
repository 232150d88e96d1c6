import { expect, test } from 'bun:test';
import { presentedKey } from './presented-key.ts';

const rows: {
  name: string;
  headers?: Record<string, string>;
  url?: string;
  key: string | undefined;
}[] = [
  {
    name: 'a bearer token is a key',
    headers: { authorization: 'Bearer k1' },
    key: 'k1',
  },
  {
    name: 'the scheme may be written in any case',
    headers: { authorization: 'bEARER  k1 ' },
    key: 'k1',
  },
  { name: 'x-api-key is a key', headers: { 'x-api-key': 'k1' }, key: 'k1' },
  {
    name: 'x-goog-api-key is a key',
    headers: { 'x-goog-api-key': 'k1' },
    key: 'k1',
  },
  {
    name: 'the query may carry the key',
    url: '/v1beta/models/m:generateContent?alt=sse&key=k1',
    key: 'k1',
  },
  {
    name: 'an escaped key in the query is unescaped',
    url: '/?key=a%2Fb',
    key: 'a/b',
  },
  {
    name: 'a broken escape in the query does not throw',
    url: '/?key=%zz',
    key: '%zz',
  },
  { name: 'a fragment is not part of the key', url: '/?key=k1#top', key: 'k1' },
  {
    name: 'another name that ends in key is not the key',
    url: '/?monkey=k1',
    key: undefined,
  },
  {
    name: 'a host that URL refuses does not matter',
    url: 'http://x/admin?y=:4000/v1?key=k1',
    key: undefined,
  },
  {
    name: 'x-api-key goes before a bearer token',
    headers: { authorization: 'Bearer login', 'x-api-key': 'k1' },
    key: 'k1',
  },
  {
    name: 'an empty x-api-key gives way to the bearer token',
    headers: { authorization: 'Bearer k1', 'x-api-key': '' },
    key: 'k1',
  },
  {
    name: 'a bearer token goes before the query',
    headers: { authorization: 'Bearer k1' },
    url: '/?key=other',
    key: 'k1',
  },
  {
    name: 'basic authorization is not a key',
    headers: { authorization: 'Basic abc' },
    key: undefined,
  },
  { name: 'nothing presented is no key', key: undefined },
];

test.each(rows)('$name', ({ headers = {}, url = '/v1/messages', key }) => {
  expect(presentedKey({ headers: new Headers(headers), url })).toBe(key);
});
