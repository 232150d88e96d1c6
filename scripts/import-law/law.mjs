import { ROOMS } from './rooms.ts';

const TEST = '\\.test\\.tsx?$|/test/|/fixtures/';
const NODE_MODULES = 'node_modules/';

/** Paths that a name in `outside` stands for. */
function outsidePath(name) {
  // Platform modules are kept as they were written, but that a leading "node:" may be gone.
  if (name === 'node') return '^(node:)?[a-z0-9_/]+$';
  if (name === 'bun') return '^bun(:|$)';
  return `${NODE_MODULES}${name}/`;
}

function roomRules({ room, at, own, ownTypes = [], outside }) {
  const allowed = [...[at, ...own].map((path) => `^${path}`), ...outside.map(outsidePath)];
  const inRoom = { path: `^${at}/`, pathNot: TEST };
  const types = ownTypes.map((path) => `^${path}`);
  const rules = [
    {
      name: `${room}-imports`,
      comment: `"${room}" may import only what scripts/import-law/rooms.ts lists for it`,
      severity: 'error',
      from: inRoom,
      to: { pathNot: [...allowed, ...types] },
    },
  ];
  if (types.length > 0) {
    rules.push({
      name: `${room}-types-only`,
      comment: `"${room}" may import these for their types only`,
      severity: 'error',
      from: inRoom,
      to: { path: types, dependencyTypesNot: ['type-only'] },
    });
  }
  return rules;
}

/** A pure room gets no clock, network, disk or log, not even through a friend of a friend. */
function purityRule({ room, at }) {
  return {
    name: `${room}-reaches-the-world`,
    comment: `"${room}" is pure: hand it what it needs instead`,
    severity: 'error',
    from: { path: `^${at}/`, pathNot: TEST },
    to: {
      path: [`${NODE_MODULES}pino/`, '^(node:)?(fs|net|http|https|child_process|worker_threads)(/|$)'],
      reachable: true,
    },
  };
}

const general = [
  { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
  {
    name: 'formats-do-not-know-each-other',
    severity: 'error',
    from: { path: '^packages/backend/src/transformers/([^/]+)/', pathNot: TEST },
    to: { path: '^packages/backend/src/transformers/([^/]+)/', pathNot: '^packages/backend/src/transformers/$1/' },
  },
  {
    name: 'app-is-the-top',
    comment: 'app.ts wires everything; only the files beside it and tests import it',
    severity: 'error',
    from: { path: '^packages/', pathNot: ['^packages/backend/src/[^/]+\\.ts$', TEST] },
    to: { path: '^packages/backend/src/app\\.ts$' },
  },
  {
    name: 'code-does-not-import-tests',
    severity: 'error',
    from: { path: '^(?:packages|scripts|testcommands)/', pathNot: TEST },
    to: { path: ['\\.test\\.ts$', '^packages/[^/]+/test/'] },
  },
  {
    name: 'resolvable',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true, pathNot: '^bun(:|$)' },
  },
  {
    name: 'no-development-packages-in-the-product',
    severity: 'error',
    from: { path: '^packages/[^/]+/src/', pathNot: TEST },
    to: {
      dependencyTypes: ['npm-dev'],
      dependencyTypesNot: ['type-only'],
      pathNot: ['^packages/', 'node_modules/@types/', '^bun'],
    },
  },
];

export default {
  forbidden: [...general, ...ROOMS.flatMap(roomRules), ...ROOMS.filter(({ pure }) => pure).map(purityRule)],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(?:^|/)dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'bun', 'node', 'default', 'types'],
    },
  },
};
