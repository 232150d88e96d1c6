import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate for `name` that signs itself, made by openssl; undefined where there is none. */
export function makeCertificate(name: string): { readonly key: string; readonly cert: string } | undefined {
  if (Bun.which('openssl') === null) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'plexus-certificate-'));
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  try {
    const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    const names = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
    const made = Bun.spawnSync(['openssl', ...words, ...names, '-keyout', keyFile, '-out', certFile]);
    if (!made.success) throw new Error(`openssl made no certificate: ${made.stderr.toString()}`);
    return { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
