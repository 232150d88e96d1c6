const OPEN = '<think>';
const CLOSE = '</think>';

export type ThinkSink = (kind: 'text' | 'reasoning', text: string) => void;

/** Splits text of a server that writes its thinking as tags. Only a tag that opens the answer counts. */
export interface ThinkSplitter {
  phase: 'start' | 'opened' | 'thinking' | 'gap' | 'text';
  /** Text that may still become a tag. */
  held: string;
}

export function createThinkSplitter(): ThinkSplitter {
  return { phase: 'start', held: '' };
}

type Step = (splitter: ThinkSplitter, text: string, sink: ThinkSink) => void;

const PHASES: Record<ThinkSplitter['phase'], Step> = {
  start: (splitter, text, sink) => {
    const opening = text.trimStart();
    if (opening.startsWith(OPEN)) {
      splitter.phase = 'opened';
      splitThink(splitter, opening.slice(OPEN.length), sink);
    } else if (OPEN.startsWith(opening)) {
      splitter.held = text;
    } else {
      splitter.phase = 'text';
      sink('text', text);
    }
  },
  opened: (splitter, text, sink) => {
    splitter.phase = 'thinking';
    splitThink(splitter, text.startsWith('\n') ? text.slice(1) : text, sink);
  },
  thinking: (splitter, text, sink) => {
    const end = text.indexOf(CLOSE);
    if (end !== -1) {
      if (end > 0) sink('reasoning', text.slice(0, end));
      splitter.phase = 'gap';
      splitThink(splitter, text.slice(end + CLOSE.length), sink);
      return;
    }
    const keep = openTail(text);
    if (keep < text.length) sink('reasoning', text.slice(0, text.length - keep));
    splitter.held = text.slice(text.length - keep);
  },
  // White space between the thinking and the answer belongs to neither.
  gap: (splitter, text, sink) => {
    const rest = text.trimStart();
    if (rest === '') return;
    splitter.phase = 'text';
    sink('text', rest);
  },
  text: (_splitter, text, sink) => sink('text', text),
};

/** Takes the next text, cut anywhere, and gives what is certain. */
export function splitThink(splitter: ThinkSplitter, text: string, sink: ThinkSink): void {
  const whole = splitter.held === '' ? text : splitter.held + text;
  splitter.held = '';
  if (whole !== '') PHASES[splitter.phase](splitter, whole, sink);
}

/** The answer is over: what was held is what it looks like. */
export function flushThink(splitter: ThinkSplitter, sink: ThinkSink): void {
  const { held, phase } = splitter;
  splitter.held = '';
  if (held !== '') sink(phase === 'thinking' ? 'reasoning' : 'text', held);
}

/** Length of the longest end of `text` that could grow into the closing tag. */
function openTail(text: string): number {
  const from = text.lastIndexOf('<');
  if (from === -1 || text.length - from >= CLOSE.length) return 0;
  return CLOSE.startsWith(text.slice(from)) ? text.length - from : 0;
}
