export { keyAllows, requireAllowed, type Wanted } from './allow.ts';
export {
  formatKey,
  generateKey,
  isPlausibleKey,
  type KeyKind,
} from './key-format.ts';
export { createKeyring, hashKey, type Keyring } from './keyring.ts';
export { loadPepper } from './pepper.ts';
export { type KeyCarrier, presentedKey } from './presented-key.ts';
