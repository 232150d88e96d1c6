import { expect, test } from 'bun:test';
import { type StatusView, statusPages } from './status.ts';

const view = (fields: Partial<StatusView> = {}): StatusView => ({
  version: '1.2.3',
  startedAtMs: 0,
  openRequests: () => 2,
  isDraining: () => false,
  problems: () => [],
  ...fields,
});

test.each([
  { name: 'well', fields: {}, status: 200, wanted: 'ok' },
  { name: 'degraded', fields: { problems: () => ['records wait'] }, status: 200, wanted: 'degraded' },
  { name: 'draining', fields: { isDraining: () => true }, status: 503, wanted: 'draining' },
])('/health of a gateway that is $name', async ({ fields, status, wanted }) => {
  const answer = statusPages.health(view(fields));
  expect(answer.status).toBe(status);
  expect(await answer.json()).toMatchObject({
    status: wanted,
    version: '1.2.3',
    startedAt: '1970-01-01T00:00:00.000Z',
    openRequests: 2,
  });
});

test('a draining gateway lives but is not ready', () => {
  const draining = view({ isDraining: () => true });
  expect([statusPages.livez().status, statusPages.readyz(draining).status]).toEqual([200, 503]);
  expect(statusPages.readyz(view()).status).toBe(200);
});

test('the version page tells the version and the runtime', async () => {
  expect(await statusPages.version(view()).json()).toEqual({ version: '1.2.3', runtime: `Bun ${Bun.version}` });
});
