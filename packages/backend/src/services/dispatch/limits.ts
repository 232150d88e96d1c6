/** Bytes of an upstream's error body that are read. */
export const ERROR_BODY_BYTES_MAX = 64 * 1024;
/** Bytes kept from the end of a passing stream, enough for the events that carry usage and the finish. */
export const TAIL_BYTES = 16 * 1024;
/** Most bytes kept when the last events are longer than that; beyond it the format's end marks decide. */
export const TAIL_EVENT_BYTES_MAX = 1024 * 1024;
/** Bytes of the first chunk that are searched for content before anything is decoded. */
export const HEAD_LOOK_BYTES = 1024;
/** Bytes of the first chunks that are decoded at a time while the first content is looked for. */
export const HEAD_SLICE_BYTES = 512;
/** Bytes that may be held before the first content event. */
export const HELD_BYTES_MAX = 1024 * 1024;
/** After the finish the upstream gets this long to close by itself, so that its connection can be used again. */
export const DRAIN_MS = 1000;
/** A provider's own delay is waited for on the same target only below this. */
export const SAME_TARGET_DELAY_MS_MAX = 2000;
/** Upper end of the random delay before a connection that was refused is tried once more. */
export const REPEAT_JITTER_MS = 50;
