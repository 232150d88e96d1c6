import { sqliteKit } from './kit.ts';
import { requestAttemptsTable, requestUsageTable } from './tables/request-usage.ts';

export const requestUsage = requestUsageTable(sqliteKit);
export const requestAttempts = requestAttemptsTable(sqliteKit);
