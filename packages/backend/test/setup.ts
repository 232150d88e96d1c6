// Preloaded before every test file. It offers, and forces on no one: a log whose every level is a mock
// (`fakes/logger.ts`) and a migrated database in memory (`fakes/database.ts`, made when first asked for). Tests
// import what they need from there; no module is replaced.
import { afterEach } from 'bun:test';
import { resetFakeLogger } from './fakes/logger.ts';

afterEach(resetFakeLogger);
