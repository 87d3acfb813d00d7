/** Where a real part is (see real-part.mjs). `skip` is false, or the reason to skip with; in CI a missing part throws. */
export function realPart(name: "chromium" | "python" | "openssl"): { path: string; skip: string | false };
