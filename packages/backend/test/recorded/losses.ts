import type { FormatId } from '../../src/types/format-id.ts';
import type { ReplyBlock } from '../../src/types/ir/reply.ts';
import { isObject } from '../../src/utils/fields.ts';

/** What recorded replies hold that no other API has words for: it is kept for its own API and lost elsewhere. */
export const DECLARED: readonly { readonly format: FormatId; readonly type: string; readonly reason: string }[] = [
  ...['server_tool_use', 'mcp_tool_use'].map((type) => ({
    format: 'anthropic-messages' as const,
    type,
    reason: 'a call that ran at the provider: a foreign client would try to run it',
  })),
  ...[
    'advisor_tool_result',
    'bash_code_execution_tool_result',
    'code_execution_tool_result',
    'mcp_tool_result',
    'text_editor_code_execution_tool_result',
    'tool_search_tool_result',
    'web_search_tool_result',
  ].map((type) => ({
    format: 'anthropic-messages' as const,
    type,
    reason: 'the result of a tool that ran at the provider',
  })),
  { format: 'anthropic-messages', type: 'compaction', reason: 'a summary that only its provider can take back' },
  ...[
    'apply_patch_call',
    'code_interpreter_call',
    'file_search_call',
    'local_shell_call',
    'mcp_call',
    'mcp_list_tools',
    'shell_call',
    'tool_search_call',
    'tool_search_output',
    'web_search_call',
  ].map((type) => ({
    format: 'openai-responses' as const,
    type,
    reason: 'a built-in tool of this API, which has no form elsewhere',
  })),
];

/** The kind of a block as the table above names it; undefined for what every API can say. */
export function opaqueType(block: ReplyBlock): string | undefined {
  if (block.kind !== 'opaque') return undefined;
  const type = isObject(block.value) ? block.value['type'] : undefined;
  return typeof type === 'string' ? type : 'unknown';
}

export const isDeclared = (format: FormatId, type: string): boolean =>
  DECLARED.some((row) => row.format === format && row.type === type);
