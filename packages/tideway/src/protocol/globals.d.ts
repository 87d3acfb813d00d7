/**
 * What this layer may use beyond ECMAScript: the two Encoding classes, which every runtime has.
 * Nothing else: no Buffer, no timers, no crypto, no console. Whoever drives the core brings those.
 */
declare class TextEncoder {
  encode(text?: string): Uint8Array;
  encodeInto(text: string, target: Uint8Array): { read: number; written: number };
}
declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(bytes?: Uint8Array): string;
}
