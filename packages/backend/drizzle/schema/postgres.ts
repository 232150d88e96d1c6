import { postgresKit } from './kit.ts';
import { requestAttemptsTable, requestUsageTable } from './tables/request-usage.ts';

export const requestUsage = requestUsageTable(postgresKit);
export const requestAttempts = requestAttemptsTable(postgresKit);
