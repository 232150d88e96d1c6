import type { Json, JsonObject } from '../../src/types/json.ts';
import type { Random } from './random.ts';

/** Values that stand where something else belongs. Texts of JSON, because only a parser makes an own `__proto__`. */
const ODD_TEXTS: readonly string[] = [
  'null',
  'true',
  'false',
  '0',
  '-0',
  '-1',
  '1.5',
  '1e308',
  '1e999',
  '-1e999',
  '9007199254740993',
  '99999999999999999999999',
  '""',
  '" "',
  '"\\ud83d"',
  '"\\udc00\\ud800"',
  '"\\u0000"',
  '"NaN"',
  '"__proto__"',
  '"constructor"',
  '"toString"',
  '"hasOwnProperty"',
  '"data:,"',
  '"data:image/png;base64,"',
  '"data:image/png;base64,AA=="',
  '"https://x.test/a.png"',
  '"text"',
  '"auto"',
  '[]',
  '{}',
  '[null]',
  '[[]]',
  '[{}]',
  '[1,"x"]',
  '{"type":"text","text":"x"}',
  '{"type":"x"}',
  '{"type":"__proto__"}',
  '{"type":"constructor"}',
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"__proto__":[]}',
  '{"toString":1,"valueOf":null,"hasOwnProperty":2}',
  '{"length":3}',
  `${'['.repeat(40)}${']'.repeat(40)}`,
  `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`,
  JSON.stringify('x'.repeat(5000)),
  JSON.stringify(Array.from({ length: 200 }, (_, index) => index)),
];

const odd = (random: Random): Json => JSON.parse(random.pick(ODD_TEXTS)) as Json;

interface Place {
  readonly parent: Json[] | JsonObject;
  readonly key: string;
}

/** Every place of a value that another can take, the root excepted. */
function placesIn(root: Json): Place[] {
  const places: Place[] = [];
  const walk = (value: Json | undefined): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const key of Object.keys(value)) {
      places.push({ parent: value, key });
      walk((value as JsonObject)[key]);
    }
  };
  walk(root);
  return places;
}

const valueAt = ({ parent, key }: Place): Json | undefined => (parent as JsonObject)[key];

/** Sets without ever meeting a setter of `Object.prototype`. */
function put({ parent, key }: Place, value: Json | undefined): void {
  Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true });
}

const copy = (value: Json | undefined): Json => JSON.parse(JSON.stringify(value ?? null)) as Json;

function removeAt({ parent, key }: Place): void {
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
}

function duplicateAt({ parent, key }: Place, random: Random): void {
  if (Array.isArray(parent)) parent.splice(random.int(parent.length + 1), 0, copy(parent[Number(key)]));
  else put({ parent, key: `${key}_2` }, copy(parent[key]));
}

/** Each changes the value in place at one of its places. */
const DAMAGES: readonly ((place: Place, all: readonly Place[], random: Random) => void)[] = [
  (place, _all, random) => put(place, odd(random)),
  (place, _all, random) => put(place, odd(random)),
  (place) => removeAt(place),
  (place, _all, random) => duplicateAt(place, random),
  // A part of the body where another belongs.
  (place, all, random) => put(place, copy(valueAt(random.pick(all)))),
  (place, all, random) => {
    const other = random.pick(all);
    const [here, there] = [copy(valueAt(place)), copy(valueAt(other))];
    put(place, there);
    put(other, here);
  },
  (place) => put(place, [copy(valueAt(place))]),
  (place) => put(place, { type: copy(valueAt(place)), value: copy(valueAt(place)) }),
  ({ parent }, _all, random) => {
    const key = random.pick(['__proto__', 'constructor', 'toString', 'type', 'x']);
    if (Array.isArray(parent)) parent.push(odd(random));
    else put({ parent, key }, odd(random));
  },
];

/** A copy of the value with a few damages. Stays JSON: what it gives could have come from a parser. */
export function mutateJson(value: Json, random: Random): Json {
  const root = copy(value);
  const damages = 1 + random.int(4);
  for (let done = 0; done < damages; done += 1) {
    const places = placesIn(root);
    if (places.length === 0) return odd(random);
    random.pick(DAMAGES)(random.pick(places), places, random);
  }
  return root;
}
