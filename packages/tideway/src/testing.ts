/** `tideway/testing`: tools for tests of what is built on Tideway, used by its own tests too. */
export {
  byteByByte,
  type Chunking,
  chunkings,
  piecesOf,
  randomPieces,
  twoParts,
  whole,
} from "./testing/chunking.js";
export {
  type CodecAnswer,
  type CodecEngine,
  type CodecPool,
  type CodecPoolOptions,
  codecPool,
} from "./testing/codec.js";
export { type KernelPlace, kernelPlaces } from "./testing/kernel-place.js";
export {
  fromHex,
  type Outcome,
  type ReceiverOptions,
  type RecordedEvent,
  Recorder,
  rawFrame,
  receiveInEveryChunking,
  receivePieces,
  toHex,
} from "./testing/recorder.js";
