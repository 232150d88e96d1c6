import { GatewayError } from './errors.ts';

/** A string that was checked by the function of its name; the brand keeps two kinds from being mixed up. */
export type Branded<Name extends string> = string & { readonly __brand: Name };

/** "<provider>/<model>", for example "acme/m-large". A model may itself hold "/" and ":". */
export type TargetId = Branded<'TargetId'>;

/** `req_` and a UUIDv7, made once at admission; it names the request in logs, records and answers. */
export type RequestId = Branded<'RequestId'>;

/** Checks and brands a target name. Throws `request_invalid` when the text is not "<provider>/<model>". */
export function targetId(raw: string): TargetId {
  if (/^[a-z0-9][a-z0-9._-]*\/\S+$/.test(raw)) return raw as TargetId;
  throw new GatewayError('request_invalid', `"${raw}" is not a target; write "<provider>/<model>"`);
}
