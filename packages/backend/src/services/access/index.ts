export { generateKey } from './key-format.ts';
export { createKeyring, hashKey, type Keyring } from './keyring.ts';
export { loadPepper } from './pepper.ts';
