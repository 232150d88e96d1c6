/** Letters and digits of the request's id that all ids of one answer share. */
export function idText(requestId: string): string {
  return requestId.replace(/^req_/, '').replace(/[^A-Za-z0-9]/g, '');
}

/** Id of the item at a place of the output. Clients send it back, and OpenAI checks its prefix then. */
export function itemId(prefix: string, base: string, index: number): string {
  return `${prefix}_${base}_${index}`;
}

/** Native ids stay, so that encrypted content and its id travel together; others are ours. */
export function reasoningId(nativeId: string | undefined, base: string, index: number): string {
  const native = nativeId !== undefined && /^rs_[A-Za-z0-9_-]{1,120}$/.test(nativeId);
  return native ? nativeId : itemId('rs', base, index);
}
