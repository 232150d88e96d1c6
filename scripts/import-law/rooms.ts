const SRC = 'packages/backend/src';

export interface Room {
  readonly room: string;
  /** Its folder. */
  readonly at: string;
  /** Paths of own code, as regular expressions from the root, that it may import besides itself. */
  readonly own: readonly string[];
  /** The same, but for types only. */
  readonly ownTypes?: readonly string[];
  /** Packages by name; "node" and "bun" stand for the platform's modules. */
  readonly outside: readonly string[];
  /** A pure room reaches no clock, network, disk or log, not even through another. */
  readonly pure?: boolean;
}

/** The import law as data. ARCHITECTURE.md says why. */
export const ROOMS: readonly Room[] = [
  { room: 'contracts', at: 'packages/contracts/src', own: [], outside: ['zod'], pure: true },
  { room: 'quota', at: 'packages/quota/src', own: ['packages/contracts'], outside: ['zod'], pure: true },
  { room: 'types', at: `${SRC}/types`, own: ['packages/contracts'], outside: [], pure: true },
  { room: 'utils', at: `${SRC}/utils`, own: [`${SRC}/types`], outside: ['pino', 'node', 'bun'] },
  {
    room: 'transformers',
    at: `${SRC}/transformers`,
    own: [`${SRC}/types`, `${SRC}/utils`],
    outside: ['zod'],
    pure: true,
  },
  { room: 'providers', at: `${SRC}/providers`, own: [`${SRC}/types`, `${SRC}/utils`], outside: ['zod'], pure: true },
  { room: 'simulator', at: `${SRC}/simulator`, own: [`${SRC}/types`, `${SRC}/utils`], outside: ['node', 'bun'] },
  {
    room: 'config',
    at: `${SRC}/config`,
    own: [`${SRC}/types`, `${SRC}/utils`, `${SRC}/providers`, `${SRC}/services/catalog`],
    outside: ['zod', 'yaml', 'node', 'bun'],
  },
  {
    room: 'routing',
    at: `${SRC}/services/routing`,
    own: [`${SRC}/types`, `${SRC}/utils`],
    outside: [],
    pure: true,
  },
  {
    room: 'catalog',
    at: `${SRC}/services/catalog`,
    own: [`${SRC}/types`, `${SRC}/utils`],
    outside: ['zod'],
    pure: true,
  },
  {
    room: 'dispatch',
    at: `${SRC}/services/dispatch`,
    own: [`${SRC}/types`, `${SRC}/utils`],
    ownTypes: [`${SRC}/services/routing`],
    outside: ['node', 'bun'],
  },
  {
    room: 'access',
    at: `${SRC}/services/access`,
    own: [`${SRC}/types`, `${SRC}/utils`],
    outside: ['zod', 'node', 'bun'],
  },
  { room: 'usage', at: `${SRC}/services/usage`, own: [`${SRC}/types`, `${SRC}/utils`], outside: ['zod'] },
  {
    room: 'db',
    at: `${SRC}/db`,
    own: [`${SRC}/types`, `${SRC}/utils`, 'packages/backend/drizzle/schema'],
    ownTypes: [`${SRC}/services/[^/]+/ports\\.ts`],
    outside: ['drizzle-orm', 'node', 'bun'],
  },
  {
    room: 'routes',
    at: `${SRC}/routes`,
    own: [`${SRC}/types`, `${SRC}/utils`, `${SRC}/services`, 'packages/contracts'],
    outside: ['hono', 'zod', 'node', 'bun'],
  },
  {
    room: 'cli',
    at: 'packages/cli/src',
    own: ['packages/cli/package\\.json', 'packages/contracts', 'packages/quota', 'packages/backend/src/index\\.ts'],
    outside: ['citty', 'node', 'bun'],
  },
];
