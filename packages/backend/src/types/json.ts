/** JSON as it lies on a wire. Unknown fields keep this type until a decoder has looked at them. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json | undefined;
}
