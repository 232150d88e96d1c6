import type { Scenario } from '../cell.ts';
import { ENDINGS } from './endings.ts';
import { FAILURES } from './failures.ts';
import { MEDIA } from './media.ts';
import { SPEECH } from './speech.ts';
import { THINKING } from './thinking.ts';
import { TOOLS } from './tools.ts';

/** All scenarios of the grid, in the order of the printed page. */
export const SCENARIOS: readonly Scenario[] = [...SPEECH, ...TOOLS, ...MEDIA, ...THINKING, ...ENDINGS, ...FAILURES];
