import type { UnifiedChatRequest } from '../../types/ir/request.ts';

/** A tool inside a namespace under one flat name, which every other API can say. */
export function flatName(namespace: string, name: string): string {
  // Hosted tool search reports a plain function under a namespace of the same name.
  if (namespace === name) return name;
  return namespace.endsWith('_') ? `${namespace}${name}` : `${namespace}__${name}`;
}

/** The name inside its namespace: the flat name without its prefix. */
export function innerName(flat: string, namespace: string): string {
  return flat.slice(namespace.length + (namespace.endsWith('_') ? 0 : 2));
}

/** How the client knows a tool: its own name, and its namespace where it declared one. */
export interface ToolAddress {
  readonly name: string;
  readonly namespace?: string | undefined;
}

/** Flat name to the client's own words, for the tools that were declared in a namespace. */
export function toolAddresses(request: UnifiedChatRequest): ReadonlyMap<string, ToolAddress> {
  const addresses = new Map<string, ToolAddress>();
  for (const tool of request.tools) {
    if (tool.kind === 'hosted' || tool.namespace === undefined) continue;
    const { namespace } = tool;
    addresses.set(tool.name, { namespace, name: innerName(tool.name, namespace) });
  }
  return addresses;
}
