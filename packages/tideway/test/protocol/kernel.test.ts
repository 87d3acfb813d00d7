import { portableKernel } from "../../dist/protocol/kernel.js";
import { kernelContract } from "./kernel-contract.js";

kernelContract({ name: "portable", kernel: portableKernel, place: (bytes) => new Uint8Array(bytes) });
