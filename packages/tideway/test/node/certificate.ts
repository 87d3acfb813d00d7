import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { realPart } from "../../../../scripts/real-part.mjs";

/** Why tests over TLS are skipped, or false. */
export const skipTls: string | false = realPart("openssl").skip;

/** A key and its certificate. */
export interface Identity {
  readonly key: string;
  readonly cert: string;
}

/** A certificate of its own for one name, valid for a day. */
export function makeIdentity(name: string): Identity {
  const folder = mkdtempSync(join(tmpdir(), "tideway-test-"));
  try {
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"];
    execFileSync(realPart("openssl").path, [...words, "-subj", `/CN=${name}`, "-keyout", key, "-out", cert], {
      stdio: "ignore",
    });
    return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
