import type { requestAttempts, requestUsage } from '../../drizzle/schema/sqlite.ts';

export type RequestUsageRow = typeof requestUsage.$inferSelect;
export type RequestAttemptRow = typeof requestAttempts.$inferSelect;
