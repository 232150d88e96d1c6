import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

const ROOT = join(import.meta.dir, '../../../..');
const NAMED = process.env['PLEXUS_RECORDED_REPLIES'];
const FOLDER = NAMED ?? join(ROOT, '../shared/fixtures/recorded');

/**
 * The folder of replies that real providers gave, which are no part of this repository: the one that
 * `PLEXUS_RECORDED_REPLIES` names, or `../shared/fixtures/recorded` beside the repository. Undefined when neither
 * is there; the reason was then printed.
 */
export const recordedFolder: string | undefined = existsSync(FOLDER) ? FOLDER : undefined;

if (recordedFolder === undefined) {
  const wanted = NAMED === undefined ? 'PLEXUS_RECORDED_REPLIES names no folder' : `there is no folder ${NAMED}`;
  console.log(`recorded replies of providers are left out: ${wanted}`);
}

/** Every recorded reply below `place`, as "provider/…/name.json" (a whole answer) or "….chunks.txt" (a stream). */
export function recordedFiles(place = ''): string[] {
  const folder = join(FOLDER, place);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(FOLDER, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
    .sort();
}

/** The text of one of them. */
export function readRecorded(file: string): string {
  return readFileSync(join(FOLDER, file), 'utf8');
}

/** The lines of a stream file: the data of each event, in order. */
export function recordedLines(file: string): string[] {
  return readRecorded(file)
    .split('\n')
    .filter((line) => line.trim() !== '');
}
