import { GatewayError } from './types/errors.ts';

/** Bun runs at most this many outgoing calls at once unless its launch environment says otherwise. */
const VARIABLE = 'BUN_CONFIG_MAX_HTTP_REQUESTS';
const CALLS_MIN = 1024;

/**
 * Refuses to start where Bun would silently queue the 257th upstream call. The variable is read by Bun once, at
 * launch, so setting it from inside is too late.
 */
export function checkLaunch(value: string | undefined = process.env[VARIABLE]): void {
  if (Number(value) >= CALLS_MIN) return;
  throw new GatewayError(
    'config_invalid',
    `${VARIABLE} is not set, so at most 256 upstream calls would run at once; start with "npm start", or set ${VARIABLE}=65535 in the environment of the process`,
  );
}
